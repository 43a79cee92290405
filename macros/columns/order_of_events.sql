{%- macro order_of_events(events) -%}
to_char({{ events }}.occurred_at at time zone 'UTC', 'YYYYMMDDHH24MISSUS') || {{ events }}.dedupe_key
{%- endmacro -%}
