with

cutoff as (
    select {{ build_cutoff_with('visitor_days') }} as received_before
),

events as (
    select
        events.property_id,
        events.day,
        {{ is_bot('events') }} as is_bot,
        events.traffic_source,
        events.device_type,
        coalesce(events.country_code, 'unknown') as country_code,
        events.event_type,
        events.is_entrance,
        events.is_conversion
    from {{ ref('stg_web__events') }} as events
    cross join cutoff
    where
        events.received_at < cutoff.received_before
        {% if is_incremental() %}
        and events.day in ({{ touched_days() }})
        {% endif %}
),

-- One scan of events for all dimensions, into few groups.
counted as (
    select
        property_id,
        day,
        is_bot,
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
        sum(counted.events)::bigint as events,
        coalesce(
            sum(counted.events) filter (where counted.event_type = 'page_view'), 0
        )::bigint as page_views,
        sum(counted.entrances)::bigint as entrances,
        sum(counted.conversions)::bigint as conversions
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
        counted.is_bot
),

visitors as (
    select
        visits.property_id,
        visits.day,
        dimensions.dimension,
        found.value,
        visits.is_bot,
        count(*) as visitors
    from {{ ref('visitor_days') }} as visits
    cross join
        lateral (
            values
            ('traffic_source', visits.traffic_sources::text[]),
            ('device_type', visits.device_types::text[]),
            ('country', visits.country_codes::text[]),
            ('event_type', visits.event_types::text[])
        ) as dimensions (dimension, found_values)
    cross join lateral unnest(dimensions.found_values) as found (value)
    {% if is_incremental() %}
    where visits.day in ({{ touched_days() }})
    {% endif %}
    group by
        visits.property_id,
        visits.day,
        dimensions.dimension,
        found.value,
        visits.is_bot
),

breakdowns as (
    select
        property_id,
        day,
        dimension,
        value,
        is_bot,
        by_value.events,
        by_value.page_views,
        visitors.visitors,
        by_value.entrances,
        by_value.conversions,
        {{ build_cutoff() }} as generated_at
    from by_value
    inner join visitors using (property_id, day, dimension, value, is_bot)
)

select * from breakdowns
