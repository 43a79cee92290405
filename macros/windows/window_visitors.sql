{%- macro window_visitors(
    from_day, to_day, property_id=none, device_type=none, country_code=none
) -%}
{%- if device_type is none and country_code is none -%}
select
    coalesce(sum(visitors), 0)::bigint as unique_visitors,
    coalesce(sum(returning_visitors), 0)::bigint as returning_visitors
from {{ ref('visitor_recency') }}
where
    {{ in_window(from_day, to_day, property_id or '') }}
    and previous_day < '{{ from_day }}'::date
{%- else -%}
select
    count(distinct visitor_id) as unique_visitors,
    count(distinct visitor_id) filter (where is_returning) as returning_visitors
from {{ ref('visitor_segments') }}
where
    {{ in_window(from_day, to_day, property_id, device_type, country_code) }}
{%- endif -%}
{%- endmacro -%}
