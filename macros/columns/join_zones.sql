{# Beside rows that have a property and a day, the zone by which the property cuts that day. #}
{%- macro join_zones(days) -%}
{%- endmacro -%}
