with

sights as (
    {{ recounted_first_sights('visitor_days') }}
),

counted as (
    select
        property_id::text as property_id,
        occurred_on as day,
        visitor_id,
        count(*) as events,
        count(*) filter (where event_type = 'page_view') as page_views,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_exit) as exits,
        count(*) filter (where is_conversion) as conversions
    from {{ source('raw', 'events') }}
    where {{ is_recounted('visitor_days', 'occurred_on', 'created_at') }}
    group by
        property_id,
        occurred_on,
        visitor_id
),

recounted as (
    select
        counted.*,
        sights.first_seen_at < counted.day::timestamp at time zone 'UTC' as is_returning
    from counted
    inner join sights
        on counted.visitor_id = sights.visitor_id
)

{{ differences(
    'visitor_days',
    ['property_id', 'day', 'visitor_id'],
    ['is_returning', 'events', 'page_views', 'entrances', 'exits', 'conversions']
) }}
