with

events as (
    select
        events.property_id,
        events.day,
        {{ is_bot('events') }} as is_bot,
        events.visitor_id,
        events.traffic_source,
        events.device_type,
        coalesce(events.country_code, 'unknown') as country_code,
        events.event_type,
        events.is_entrance,
        events.is_conversion
    from {{ ref('stg_web__events') }} as events
    where
        events.received_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and events.day in ({{ touched_days() }})
        {% endif %}
),

-- One scan of events for all dimensions.
counted as (
    select
        property_id,
        day,
        is_bot,
        visitor_id,
        traffic_source,
        device_type,
        country_code,
        event_type,
        count(*) as events,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_conversion) as conversions
    from events
    group by
        property_id,
        day,
        is_bot,
        visitor_id,
        traffic_source,
        device_type,
        country_code,
        event_type
),

by_value as (
    select
        counted.property_id,
        counted.day,
        found.dimension,
        found.value,
        counted.is_bot,
        counted.visitor_id,
        sum(counted.events) as events,
        sum(counted.events) filter (where counted.event_type = 'page_view') as page_views,
        sum(counted.entrances) as entrances,
        sum(counted.conversions) as conversions
    from counted
    cross join
        lateral (
            values
            ('traffic_source', counted.traffic_source),
            ('device_type', counted.device_type),
            ('country', counted.country_code),
            ('event_type', counted.event_type)
        ) as found (dimension, value)
    group by
        counted.property_id,
        counted.day,
        found.dimension,
        found.value,
        counted.is_bot,
        counted.visitor_id
),

breakdowns as (
    select
        property_id,
        day,
        dimension,
        value,
        is_bot,
        sum(events)::bigint as events,
        coalesce(sum(page_views), 0)::bigint as page_views,
        count(*) as visitors,
        sum(entrances)::bigint as entrances,
        sum(conversions)::bigint as conversions,
        {{ build_cutoff() }} as generated_at
    from by_value
    group by
        property_id,
        day,
        dimension,
        value,
        is_bot
)

select * from breakdowns
