{#
    A mart is made of its query first and gets its constraints when it is full. dbt's own inserts into
    a table that has them: an insert counts on one core, and a key that is there takes each row by itself.
    Statistics last, for the marts that are made of this one. What is counted for a mart that stands is
    held against its contract in postgres__process_schema_changes().
#}
{%- macro postgres__create_table_as(temporary, relation, sql) -%}
    {%- if not config.get('contract').enforced -%}
        {{ return(dbt.postgres__create_table_as(temporary, relation, sql)) }}
    {%- elif temporary -%}
        {{ return('create temporary table ' ~ relation ~ ' as (\n' ~ sql ~ '\n)') }}
    {%- endif -%}
    {%- set columns = [] -%}
    {%- set actions = [] -%}
    {%- for column in model.columns.values() -%}
        {%- set name = adapter.quote(column.name) if column.quote else column.name -%}
        {%- do columns.append(name ~ '::' ~ column.data_type ~ ' as ' ~ name) -%}
        {%- for constraint in column.constraints -%}
            {%- if constraint.type != 'not_null' -%}
                {{ exceptions.raise_compiler_error(
                    'Of a column only not_null is known here, not ' ~ constraint.type
                ) }}
            {%- endif -%}
            {%- do actions.append('alter column ' ~ name ~ ' set not null') -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for constraint in adapter.render_raw_model_constraints(model.constraints) -%}
        {%- do actions.append('add ' ~ constraint) -%}
    {%- endfor -%}
{{ get_assert_columns_equivalent(sql) }}
create table {{ relation }} as
select {{ columns | join(', ') }}
from (
    {{ sql }}
) as query;
{% if actions %}
alter table {{ relation }} {{ actions | join(', ') }};
{% endif %}
analyze {{ relation }};
{{ keep_row_policies() }}
{%- endmacro -%}
