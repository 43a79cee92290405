{#
    Stops where a mart, or what builds remember, has another shape than this project expects: a build
    would fail half-way, or write rows that nobody can tell from the others.
#}
{%- macro refuse_other_shapes() -%}
    {%- set shapes = source('analytics_state', 'rollup_shapes') -%}
    {%- set known = {} -%}
    {%- if run_query("select to_regclass('" ~ shapes ~ "')").rows[0][0] -%}
        {%- for row in run_query("select name, shape from " ~ shapes).rows -%}
            {%- do known.update({row[0]: row[1] | int}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set older = [] -%}
    {%- set newer = [] -%}
    {%- set expected = shapes_expected() -%}
    {# A clone of a mart is a view, which has no shape of its own. #}
    {%- set those_there -%}
select names.name
from unnest({{ text_array(expected | map(attribute=2)) }}) as names (name)
inner join pg_class on to_regclass(names.name) = pg_class.oid
where pg_class.relkind != 'v'
    {%- endset -%}
    {%- set there = run_query(those_there).columns[0].values() -%}
    {%- for name, shape, relation in expected -%}
        {%- if relation in there -%}
            {%- if known.get(name, 1) < shape -%}
                {%- do older.append(name) -%}
            {%- elif known.get(name, 1) > shape -%}
                {%- do newer.append(name) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if newer -%}
        {{ exceptions.raise_compiler_error(
            'A newer version has made ' ~ newer | sort | join(', ') ~ ': build with that.'
        ) }}
    {%- elif older -%}
        {{ exceptions.raise_compiler_error(
            'An earlier version has made ' ~ older | sort | join(', ') ~ ': run `footfall upgrade` as '
            ~ target.user ~ ', which brings the rows over, and then build.'
        ) }}
    {%- endif -%}
{%- endmacro -%}
