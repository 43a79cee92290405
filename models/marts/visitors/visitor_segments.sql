with

events as (
    select
        property_id,
        day,
        visitor_id,
        event_type,
        traffic_source,
        device_type,
        country_code,
        is_entrance,
        is_exit,
        is_conversion
    from {{ ref('stg_web__events') }}
    where
        received_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and day in ({{ touched_days() }})
        {% endif %}
),

visitors_made_older as (
    select * from {{ ref('int_web__visitors_made_older') }}
),

counted as (
    select
        property_id,
        day,
        visitor_id,
        event_type,
        traffic_source,
        device_type,
        country_code,
        count(*) as events,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_exit) as exits,
        count(*) filter (where is_conversion) as conversions
    from events
    group by
        property_id,
        day,
        visitor_id,
        event_type,
        traffic_source,
        device_type,
        country_code
),

segments as (
    select
        counted.property_id,
        counted.day,
        counted.visitor_id,
        counted.event_type,
        counted.traffic_source,
        counted.device_type,
        coalesce(counted.country_code, 'unknown') as country_code,
        {{ utc_day('coalesce(visitors_made_older.first_seen_at, visitors.first_seen_at)') }}
        < counted.day as is_returning,
        counted.events,
        counted.entrances,
        counted.exits,
        counted.conversions,
        {{ build_cutoff() }} as generated_at
    from counted
    {{ join_visitors('counted.visitor_id') }}
    left join visitors_made_older
        on counted.visitor_id = visitors_made_older.visitor_id
)

select * from segments
