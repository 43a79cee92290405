{#
    Gives rows of a mart on the closed days of a merge the name of the property that stays. Of two rows
    with the same key it makes one, column by column: as merge_ways() says, or by what the column declares.
    A column that says nothing stops every build, so that none is forgotten.
#}
{%- macro merge_mart(node) -%}
{%- set way = merge_ways()[node.name] -%}
{%- set columns = way.get('columns', {}) -%}
{%- set keys = [] -%}
{%- for constraint in node.constraints if constraint.type == 'primary_key' -%}
    {%- do keys.extend(constraint.columns | reject('equalto', 'property_id')) -%}
{%- endfor -%}
{%- set merged = {} -%}
{%- for name, column in node.columns.items() if name not in keys + ['property_id'] -%}
    {%- set summable_over = column.config.meta.get('summable_over', []) -%}
    {%- if name in columns -%}
        {%- do merged.update({name: columns[name]}) -%}
    {%- elif name == 'generated_at' -%}
        {%- do merged.update({name: 'greatest(kept.generated_at, gone.generated_at)'}) -%}
    {%- elif column.data_type == 'jsonb' and 'property_id' in summable_over -%}
        {%- do merged.update({name: merged_breakdown(name)}) -%}
    {%- elif 'property_id' in summable_over or name in way.get('adds', []) -%}
        {%- do merged.update({name: 'kept.' ~ name ~ ' + gone.' ~ name}) -%}
    {%- elif column.data_type.endswith('[]') -%}
        {%- do merged.update({name: merged_set(name, column.data_type)}) -%}
    {%- else -%}
        {{ exceptions.raise_compiler_error(
            'merge_ways() does not say how two properties have one ' ~ name ~ ' of ' ~ node.name ~ '.'
        ) }}
    {%- endif -%}
{%- endfor -%}
{%- set mart = node.relation_name -%}
create temporary table footfall_pairs on commit drop as
select
    {% for name, value in merged.items() -%}
    {{ value }} as {{ name }},
    {% endfor -%}
    {% for key in keys -%}
    kept.{{ key }}{{ ',' if not loop.last }}
    {% endfor %}
from footfall_merge as moved
inner join {{ mart }} as gone
    on moved.alias = gone.property_id
inner join footfall_days as days
    on gone.day = days.day
inner join {{ mart }} as kept
    on
        moved.property_id = kept.property_id
        {%- for key in keys %}
        and gone.{{ key }} = kept.{{ key }}
        {%- endfor %}
{{ way.get('with', '') }};

update {{ mart }} as kept
set
    {% for name in merged -%}
    {{ name }} = pairs.{{ name }}{{ ',' if not loop.last }}
    {% endfor %}
from footfall_pairs as pairs
cross join footfall_merge as moved
where
    kept.property_id = moved.property_id
    {%- for key in keys %}
    and kept.{{ key }} = pairs.{{ key }}
    {%- endfor %};

delete from {{ mart }} as gone
using footfall_pairs as pairs, footfall_merge as moved
where
    gone.property_id = moved.alias
    {%- for key in keys %}
    and gone.{{ key }} = pairs.{{ key }}
    {%- endfor %};

update {{ mart }} as renamed
set property_id = moved.property_id
from footfall_merge as moved
where
    renamed.property_id = moved.alias
    and renamed.day in (select days.day from footfall_days as days);

drop table footfall_pairs;
{%- endmacro -%}
