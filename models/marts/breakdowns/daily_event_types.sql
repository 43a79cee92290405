with

segments as (
    select * from {{ ref('visitor_segments') }}
    {% if is_incremental() %}
    where day in ({{ touched_days() }})
    {% endif %}
),

visitors as (
    select
        property_id,
        day,
        event_type,
        visitor_id,
        sum(events) as events,
        sum(conversions) as conversions
    from segments
    group by
        property_id,
        day,
        event_type,
        visitor_id
),

event_types as (
    select
        property_id,
        day,
        event_type,
        sum(events)::bigint as events,
        count(*) as visitors,
        sum(conversions)::bigint as conversions,
        {{ build_cutoff() }} as generated_at
    from visitors
    group by
        property_id,
        day,
        event_type
)

select * from event_types
