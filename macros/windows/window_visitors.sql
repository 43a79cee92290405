{# Two dimensions at once stand in no mart together: those are looked for in the events that raw holds. #}
{%- macro window_visitors(
    from_day, to_day, property_id=none, device_type=none, country_code=none
) -%}
{%- if device_type is none or country_code is none -%}
{%- set dimension, value = ('device_type', device_type) if device_type is not none
    else ('country', country_code) if country_code is not none else ('', '') -%}
select
    coalesce(sum(visitors), 0)::bigint as unique_visitors,
    coalesce(sum(returning_visitors), 0)::bigint as returning_visitors
from {{ ref('visitor_recency') }}
where
    {{ in_window(from_day, to_day, property_id or '') }}
    and dimension = '{{ dimension }}'
    and value = {{ sql_text(value) }}
    and previous_day < '{{ from_day }}'::date
{%- else -%}
select
    count(distinct visitor_days.visitor_id) as unique_visitors,
    count(distinct visitor_days.visitor_id) filter (
        where visitor_days.is_returning
    ) as returning_visitors
from (
    select
        property_id,
        day,
        visitor_id,
        device_type = 'bot' as is_bot,
        received_at
    from (
        select
            property_id,
            day,
            visitor_id,
            device_type,
            coalesce(country_code, 'unknown') as country_code,
            received_at
        from {{ ref('stg_web__events') }}
    ) as known
    where
        {{ in_window(from_day, to_day, property_id, device_type, country_code) }}
) as events
inner join {{ ref('visitor_days') }} as visitor_days
    on
        events.property_id = visitor_days.property_id
        and events.day = visitor_days.day
        and events.visitor_id = visitor_days.visitor_id
        and events.is_bot = visitor_days.is_bot
        -- What came since waits for the next build.
        and events.received_at < visitor_days.generated_at
{%- endif -%}
{%- endmacro -%}
