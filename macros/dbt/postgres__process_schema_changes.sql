{#
    Of a mart that stands, with what was counted for it in a temporary table: both have the columns that it
    promises. Where one has not, dbt's own way says what is wrong, or adds the columns that are new.
#}
{%- macro postgres__process_schema_changes(on_schema_change, source_relation, target_relation) -%}
    {%- if config.get('contract').enforced -%}
        {%- set columns = columns_as_promised([source_relation, target_relation]) -%}
        {%- if columns -%}
            {{ return(columns) }}
        {%- endif -%}
        {% do get_assert_columns_equivalent(sql) %}
    {%- endif -%}
    {{ return(dbt.default__process_schema_changes(on_schema_change, source_relation, target_relation)) }}
{%- endmacro -%}
