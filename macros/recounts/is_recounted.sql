{# Whether a raw row is of the days that are compared, and counted by the mart. #}
{%- macro is_recounted(mart, day, received_at) -%}
{{ day }} between '{{ var("discrepancy_from", "0001-01-01") }}'::date
        and '{{ var("discrepancy_to", "9999-12-31") }}'::date
        and {{ received_at }} < {{ counted_through(mart) }}
{%- endmacro -%}
