-- Page views, entrances, exits, conversions, form starts and submits equal the raw events.
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
        sum((event_type = 'page_view')::integer) as total_page_views,
        sum(is_entrance::integer) as total_entrances,
        sum(is_exit::integer) as total_exits,
        sum(is_conversion::integer) as total_conversions,
        sum((event_type = 'form_start')::integer) as form_starts,
        sum((event_type = 'form_submit')::integer) as form_submits
    from {{ source('raw', 'events') }}
    where created_at < (select watermark.received_through from watermark)
    group by
        property_id,
        ("timestamp" at time zone 'UTC')::date
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
        ('total_page_views', rollups.total_page_views, raw_counts.total_page_views),
        ('total_entrances', rollups.total_entrances, raw_counts.total_entrances),
        ('total_exits', rollups.total_exits, raw_counts.total_exits),
        ('total_conversions', rollups.total_conversions, raw_counts.total_conversions),
        ('form_starts', rollups.form_starts, raw_counts.form_starts),
        ('form_submits', rollups.form_submits, raw_counts.form_submits)
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
