-- Each refusal stands under its reason in error_breakdown, and whatever was rejected has one.
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

watermark as (
    select received_through
    from {{ source('analytics_state', 'rollup_watermarks') }}
    where mart = 'daily_ingest_rollups'
),

raw_counts as (
    select
        property_id,
        occurred_on as day,
        reason,
        sum(occurrences) as raw_value
    from {{ source('raw', 'ingest_rejections') }}
    where created_at < (select watermark.received_through from watermark)
    group by
        property_id,
        occurred_on,
        reason
),

rollup_counts as (
    select
        rollups.property_id,
        rollups.day,
        reasons.reason,
        reasons.occurrences::bigint as rollup_value
    from {{ ref('daily_ingest_rollups') }} as rollups
    cross join lateral jsonb_each_text(rollups.error_breakdown) as reasons (reason, occurrences)
),

reasons_that_differ as (
    select
        property_id,
        day,
        reason as entry,
        rollup_counts.rollup_value,
        raw_counts.raw_value
    from rollup_counts
    full join raw_counts using (property_id, day, reason)
    where rollup_counts.rollup_value is distinct from raw_counts.raw_value
),

rejected_without_a_reason as (
    select
        rollups.property_id,
        rollups.day,
        'events_rejected' as entry,
        rollups.events_rejected as rollup_value,
        coalesce(sum(rollup_counts.rollup_value), 0) as raw_value
    from {{ ref('daily_ingest_rollups') }} as rollups
    left join rollup_counts
        on
            rollups.property_id = rollup_counts.property_id
            and rollups.day = rollup_counts.day
    group by
        rollups.property_id,
        rollups.day,
        rollups.events_rejected
    having rollups.events_rejected > coalesce(sum(rollup_counts.rollup_value), 0)
),

offending as (
    select * from reasons_that_differ
    union all
    select * from rejected_without_a_reason
)

select * from offending
where
    day >= (select horizon.held_from from horizon)
    and day not in (
        {{ erased_since('daily_ingest_rollups') }}
    )
