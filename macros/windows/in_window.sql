{# The condition by which a row of a mart is of a window, and of what else was asked for. #}
{%- macro in_window(from_day, to_day, property_id=none, device_type=none, country_code=none) -%}
day between '{{ from_day }}'::date and '{{ to_day }}'::date
{%- if property_id is not none %} and property_id = {{ sql_text(property_id) }}{% endif -%}
{%- if device_type is not none %} and device_type = {{ sql_text(device_type) }}{% endif -%}
{%- if country_code is not none %} and country_code = {{ sql_text(country_code) }}{% endif -%}
{%- endmacro -%}
