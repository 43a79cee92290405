with

events as (
    {{ recounted_events('daily_breakdowns', [
        'property_id', 'occurred_on', 'visitor_id', 'country_code', 'event_type', 'device_type',
        'is_entrance', 'is_conversion', 'traffic_source::text as source_text',
        'device_type::text as device_text'
    ]) }}
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
    from events
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
