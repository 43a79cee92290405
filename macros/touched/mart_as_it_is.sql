{# A mart of an earlier build, for hooks, which run before this build's models. #}
{%- macro mart_as_it_is(name) -%}
    {{ return(adapter.get_relation(target.database, target.schema, name)) }}
{%- endmacro -%}
