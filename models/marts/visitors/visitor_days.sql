with

segments as (
    select * from {{ ref('visitor_segments') }}
    {% if is_incremental() %}
    where day in ({{ touched_days() }})
    {% endif %}
),

visitor_days as (
    select
        property_id,
        day,
        visitor_id,
        bool_or(is_returning) as is_returning,
        sum(events)::bigint as events,
        coalesce(sum(events) filter (where event_type = 'page_view'), 0)::bigint as page_views,
        sum(entrances)::bigint as entrances,
        sum(exits)::bigint as exits,
        sum(conversions)::bigint as conversions,
        {{ build_cutoff() }} as generated_at
    from segments
    group by
        property_id,
        day,
        visitor_id
)

select * from visitor_days
