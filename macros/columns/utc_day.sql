{%- macro utc_day(instant) -%}
({{ instant }} at time zone 'UTC')::date
{%- endmacro -%}
