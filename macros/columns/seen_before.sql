{# Whether an instant lies before the day of a row; after join_zones() of the same rows. #}
{%- macro seen_before(instant, days) -%}
{{ local_time(instant) }}::date < {{ days }}.day
{%- endmacro -%}
