{#
    Where a target of one's own samples raw, its tables of days are views of the last ones: for models,
    tests and recounts alike, so that all of them see the same rows.
#}
{%- macro source(source_name, table_name) -%}
    {%- set relation = builtins.source(source_name, table_name) -%}
    {#- A table that stands in a unit test is no relation of the database. -#}
    {%- if not execute or is_production() or source_name != 'raw' or relation.is_cte
        or table_name not in sampled_tables() or not is_sampled() -%}
        {{ return(relation) }}
    {%- endif -%}
    {{ return(relation.incorporate(path={'schema': target.schema ~ '_raw'})) }}
{%- endmacro -%}
