{# In a subquery, so that it is asked once and not for each row. #}
{%- macro may_read_all() -%}
(select '' = any({{ target.schema }}.readable_properties(current_user)))
{%- endmacro -%}
