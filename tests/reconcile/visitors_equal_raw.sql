-- A visitor counts once a property and day, and as returning when first seen before the day.
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

watermark as (
    select received_through
    from {{ source('analytics_state', 'rollup_watermarks') }}
    where mart = 'daily_metric_rollups'
),

-- first_seen_at may come from an event that waits for the next build. If so, it was the time of the
-- visitor's earliest event that does not.
first_events as (
    select
        visitor_id,
        min("timestamp") filter (
            where created_at < (select watermark.received_through from watermark)
        ) as counted_at,
        min("timestamp") filter (
            where created_at >= (select watermark.received_through from watermark)
        ) as waiting_at
    from {{ source('raw', 'events') }}
    group by visitor_id
),

first_seen as (
    select
        visitors.id as visitor_id,
        case
            when first_events.waiting_at <= visitors.first_seen_at then first_events.counted_at
            else visitors.first_seen_at
        end as first_seen_at
    from {{ source('raw', 'visitors') }} as visitors
    inner join first_events
        on visitors.id = first_events.visitor_id
),

raw_counts as (
    select
        events.property_id,
        (events."timestamp" at time zone 'UTC')::date as day,
        count(distinct events.visitor_id) as unique_visitors,
        count(distinct events.visitor_id) filter (
            where first_seen.first_seen_at
            < date_trunc('day', events."timestamp" at time zone 'UTC') at time zone 'UTC'
        ) as returning_visitors
    from {{ source('raw', 'events') }} as events
    inner join first_seen
        on events.visitor_id = first_seen.visitor_id
    where events.created_at < (select watermark.received_through from watermark)
    group by
        events.property_id,
        (events."timestamp" at time zone 'UTC')::date
),

compared as (
    select
        property_id,
        day,
        measures.measure,
        measures.rollup_value,
        measures.raw_value
    from {{ ref('daily_metric_rollups') }} as rollups
    full join raw_counts using (property_id, day)
    cross join lateral (
        values
        ('unique_visitors', rollups.unique_visitors, raw_counts.unique_visitors),
        ('returning_visitors', rollups.returning_visitors, raw_counts.returning_visitors)
    ) as measures (measure, rollup_value, raw_value)
)

select
    property_id,
    day,
    measure,
    rollup_value,
    raw_value
from compared
where
    day >= (select horizon.held_from from horizon)
    and day not in (
        {{ erased_since('daily_metric_rollups') }}
    )
    and coalesce(rollup_value, 0) != coalesce(raw_value, 0)
