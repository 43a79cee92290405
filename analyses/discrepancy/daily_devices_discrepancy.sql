with

recounted as (
    select
        property_id::text as property_id,
        occurred_on as day,
        device_type::text as device_type,
        count(*) as events,
        count(*) filter (where event_type = 'page_view') as page_views,
        count(distinct visitor_id) as visitors,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_conversion) as conversions
    from {{ source('raw', 'events') }}
    where {{ is_recounted('daily_devices', 'occurred_on', 'created_at') }}
    group by
        property_id,
        occurred_on,
        device_type
)

{{ differences(
    'daily_devices',
    ['property_id', 'day', 'device_type'],
    ['events', 'page_views', 'visitors', 'entrances', 'conversions']
) }}
