{# The condition by which a row of a mart is of a window, and of what else was asked for. #}
{%- macro in_window(from_day, to_day, property_id=none, device_type=none, country_code=none) -%}
{%- set conditions = ["day between '" ~ from_day ~ "'::date and '" ~ to_day ~ "'::date"] -%}
{%- for column, value in [
    ('property_id', property_id), ('device_type', device_type), ('country_code', country_code)
] if value is not none -%}
    {%- do conditions.append(column ~ ' = ' ~ sql_text(value)) -%}
{%- endfor -%}
{{ conditions | join(' and ') }}
{%- endmacro -%}
