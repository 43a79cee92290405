{% set keys = [
    'property_id', 'day', 'visitor_id', 'event_type', 'traffic_source', 'device_type',
    'country_code'
] %}
with

sights as (
    {{ recounted_first_sights('visitor_segments') }}
),

counted as (
    select
        property_id::text as property_id,
        occurred_on as day,
        visitor_id,
        event_type::text as event_type,
        traffic_source::text as traffic_source,
        device_type::text as device_type,
        coalesce(country_code::text, 'unknown') as country_code,
        count(*) as events,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_exit) as exits,
        count(*) filter (where is_conversion) as conversions
    from {{ source('raw', 'events') }}
    where {{ is_recounted('visitor_segments', 'occurred_on', 'created_at') }}
    group by
        property_id,
        occurred_on,
        visitor_id,
        event_type,
        traffic_source,
        device_type,
        country_code
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
    'visitor_segments',
    keys,
    ['is_returning', 'events', 'entrances', 'exits', 'conversions']
) }}
