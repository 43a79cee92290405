with

events as (
    {{ recounted_events('daily_breakdowns', [
        'property_id', 'occurred_on', 'visitor_id', 'country_code', 'event_type', 'is_entrance',
        'is_conversion', 'traffic_source::text as source_text', 'device_type::text as device_text'
    ]) }}
),

by_visitor as (
    select
        visitor_id,
        property_id::text as property_id,
        occurred_on as day,
        source_text,
        device_text,
        coalesce(country_code::text, 'unknown') as country_text,
        event_type::text as event_type,
        count(*) as events,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_conversion) as conversions
    from events
    group by
        visitor_id,
        property_id,
        occurred_on,
        source_text,
        device_text,
        country_code,
        event_type
),

-- By the visitor once more: their values are hashed, and not sorted to be told apart.
by_dimension as (
    select
        by_visitor.property_id,
        by_visitor.day,
        found.dimension,
        found.value,
        by_visitor.device_text = 'bot' as is_bot,
        by_visitor.visitor_id,
        sum(by_visitor.events) as events,
        sum(by_visitor.events) filter (where by_visitor.event_type = 'page_view') as page_views,
        sum(by_visitor.entrances) as entrances,
        sum(by_visitor.conversions) as conversions
    from by_visitor
    cross join
        lateral (
            values
            ('traffic_source', by_visitor.source_text),
            ('device_type', by_visitor.device_text),
            ('country', by_visitor.country_text),
            ('event_type', by_visitor.event_type)
        ) as found (dimension, value)
    group by
        by_visitor.visitor_id,
        by_visitor.property_id,
        by_visitor.day,
        found.dimension,
        found.value,
        by_visitor.device_text = 'bot'
),

recounted as (
    select
        property_id,
        day,
        dimension,
        value,
        is_bot,
        sum(events) as events,
        coalesce(sum(page_views), 0) as page_views,
        count(*) as visitors,
        sum(entrances) as entrances,
        sum(conversions) as conversions
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
