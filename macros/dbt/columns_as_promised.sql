{#
    Name and type of each column that the model promises, where all of the relations have these and no
    others; else nothing. dbt asks the model's query, and an empty one of the promised types beside it, and
    then each relation: four questions of every model of a build, with much ado around them.
#}
{%- macro columns_as_promised(relations) -%}
    {%- if not model.columns -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set query -%}
select
    name,
    type::text as dtype,
    count(promised.name) = {{ relations | length }} and count(found.name) = {{ relations | length }} as is_kept
from (
    values
    {%- for column in model.columns.values() %}
    ({{ sql_text(column.name) }}, '{{ column.data_type }}'::regtype){{ ',' if not loop.last }}
    {%- endfor %}
) as promised (name, type)
full join (
    select
        attname::text as name,
        atttypid::regtype as type
    from pg_attribute
    where
        attrelid = any({{ text_array(relations) }}::regclass[])
        and attnum > 0
        and not attisdropped
) as found using (name, type)
group by
    name,
    type
    {%- endset -%}
    {%- set columns = run_query(query).rows -%}
    {{ return(columns if columns | rejectattr('is_kept') | list == [] else none) }}
{%- endmacro -%}
