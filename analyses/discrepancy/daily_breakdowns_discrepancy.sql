with

-- Before they are taken apart, which Citus does not do with the text of an enum.
told as materialized (
    select
        events.property_id,
        events.occurred_on,
        events.visitor_id,
        events.country_code,
        events.event_type,
        events.device_type,
        events.is_entrance,
        events.is_conversion,
        events.traffic_source::text as source_text,
        events.device_type::text as device_text
    from {{ source('raw', 'events') }} as events
    where {{ is_recounted('daily_breakdowns', 'events.occurred_on', 'events.created_at') }}
),

by_dimension as (
    select
        events.property_id::text as property_id,
        events.occurred_on as day,
        found.dimension,
        found.value,
        events.device_type = 'bot' as is_bot,
        events.visitor_id,
        events.event_type,
        events.is_entrance,
        events.is_conversion
    from told as events
    cross join
        lateral (
            values
            ('traffic_source', events.source_text),
            ('device_type', events.device_text),
            ('country', coalesce(events.country_code::text, 'unknown')),
            ('event_type', events.event_type::text)
        ) as found (dimension, value)
),

recounted as (
    select
        property_id,
        day,
        dimension,
        value,
        is_bot,
        count(*) as events,
        count(*) filter (where event_type = 'page_view') as page_views,
        count(distinct visitor_id) as visitors,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_conversion) as conversions
    from by_dimension
    group by
        property_id,
        day,
        dimension,
        value,
        is_bot
)

{{ differences(
    'daily_breakdowns',
    ['property_id', 'day', 'dimension', 'value', 'is_bot'],
    ['events', 'page_views', 'visitors', 'entrances', 'conversions']
) }}
