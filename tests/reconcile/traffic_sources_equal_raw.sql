-- traffic_source_breakdown holds each source that occurred, with its raw events, and no other.
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

watermark as (
    select received_through
    from {{ source('analytics_state', 'rollup_watermarks') }}
    where mart = 'daily_metric_rollups'
),

raw_counts as (
    select
        property_id,
        ("timestamp" at time zone 'UTC')::date as day,
        traffic_source::text as traffic_source,
        count(*) as raw_value
    from {{ source('raw', 'events') }}
    where created_at < (select watermark.received_through from watermark)
    group by
        property_id,
        ("timestamp" at time zone 'UTC')::date,
        traffic_source
),

rollup_counts as (
    select
        rollups.property_id,
        rollups.day,
        sources.traffic_source,
        sources.event_count::bigint as rollup_value
    from {{ ref('daily_metric_rollups') }} as rollups
    cross join lateral jsonb_each_text(rollups.traffic_source_breakdown)
        as sources (traffic_source, event_count)
)

select
    property_id,
    day,
    traffic_source,
    rollup_counts.rollup_value,
    raw_counts.raw_value
from rollup_counts
full join raw_counts using (property_id, day, traffic_source)
where
    day >= (select horizon.held_from from horizon)
    and day not in (
        {{ erased_since('daily_metric_rollups') }}
    )
    and rollup_counts.rollup_value is distinct from raw_counts.raw_value
