-- Every event received is counted once, on its day, as accepted, duplicate or rejected.
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
        'events_accepted' as measure,
        count(*) as raw_value
    from {{ source('raw', 'events') }}
    where created_at < (select watermark.received_through from watermark)
    group by
        property_id,
        occurred_on
    union all
    select
        property_id,
        occurred_on as day,
        'events_duplicate' as measure,
        sum(occurrences) as raw_value
    from {{ source('raw', 'ingest_duplicates') }}
    where created_at < (select watermark.received_through from watermark)
    group by
        property_id,
        occurred_on
    union all
    select
        property_id,
        occurred_on as day,
        'events_rejected' as measure,
        sum(occurrences) as raw_value
    from {{ source('raw', 'ingest_rejections') }}
    where
        created_at < (select watermark.received_through from watermark)
        and (endpoint = '/v1/events' or endpoint like '/v1/events/%')
    group by
        property_id,
        occurred_on
),

rollup_counts as (
    select
        rollups.property_id,
        rollups.day,
        measures.measure,
        measures.rollup_value
    from {{ ref('daily_ingest_rollups') }} as rollups
    cross join lateral (
        values
        ('events_accepted', rollups.events_accepted),
        ('events_duplicate', rollups.events_duplicate),
        ('events_rejected', rollups.events_rejected)
    ) as measures (measure, rollup_value)
)

select
    property_id,
    day,
    measure,
    rollup_counts.rollup_value,
    raw_counts.raw_value
from rollup_counts
full join raw_counts using (property_id, day, measure)
where
    day >= (select horizon.held_from from horizon)
    and day not in (
        {{ erased_since('daily_ingest_rollups') }}
    )
    and coalesce(rollup_counts.rollup_value, 0) != coalesce(raw_counts.raw_value, 0)
