{%- macro window_visitors(
    from_day, to_day, property_id=none, device_type=none, country_code=none
) -%}
{%- if device_type is none and country_code is none -%}
select
    coalesce(sum(visitors) filter (where previous_day < '{{ from_day }}'::date), 0)::bigint
        as unique_visitors,
    coalesce(
        sum(visitors) filter (
            where is_returning and previous_returning_day < '{{ from_day }}'::date
        ), 0
    )::bigint as returning_visitors
from {{ ref('visitor_recency') }}
where
    property_id = {{ sql_text(property_id or '') }}
    and day between '{{ from_day }}'::date and '{{ to_day }}'::date
{%- else -%}
select
    count(distinct visitor_id) as unique_visitors,
    count(distinct visitor_id) filter (where is_returning) as returning_visitors
from {{ ref('visitor_segments') }}
where
    day between '{{ from_day }}'::date and '{{ to_day }}'::date
    {%- if property_id is not none %}
    and property_id = {{ sql_text(property_id) }}
    {%- endif %}
    {%- if device_type is not none %}
    and device_type = {{ sql_text(device_type) }}
    {%- endif %}
    {%- if country_code is not none %}
    and country_code = {{ sql_text(country_code) }}
    {%- endif %}
{%- endif -%}
{%- endmacro -%}
