with

recounted as (
    select
        property_id::text as property_id,
        occurred_on as day,
        event_type::text as event_type,
        count(*) as events,
        count(distinct visitor_id) as visitors,
        count(*) filter (where is_conversion) as conversions
    from {{ source('raw', 'events') }}
    where {{ is_recounted('daily_event_types', 'occurred_on', 'created_at') }}
    group by
        property_id,
        occurred_on,
        event_type
)

{{ differences(
    'daily_event_types',
    ['property_id', 'day', 'event_type'],
    ['events', 'visitors', 'conversions']
) }}
