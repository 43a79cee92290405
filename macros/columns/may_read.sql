{# The condition of row policies; for a view that reads what has none. #}
{%- macro may_read(property_id) -%}
{{ may_read_all() }}
or {{ property_id }} = any((select {{ target.schema }}.readable_properties(current_user))::text[])
{%- endmacro -%}
