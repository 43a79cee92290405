{# Whether it is the warehouse that everybody reads, and not a target of one's own beside it. #}
{%- macro is_production() -%}
    {{ return(target.schema == 'analytics') }}
{%- endmacro -%}
