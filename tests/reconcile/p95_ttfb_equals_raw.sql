-- p95_ttfb_ms is the 95th percentile of the raw rows, and ttfb_samples is how many have one. Of
-- each page view only the last report counts.
{% set ttfb = var('web_vitals') | selectattr('name', 'equalto', 'ttfb') | list %}
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

watermark as (
    select received_through
    from {{ source('analytics_state', 'rollup_watermarks') }}
    where mart = 'daily_ingest_rollups'
),

reports as (
    {{ recounted_last_reports('daily_ingest_rollups', ttfb) }}
),

measured as (
    select
        events.property_id,
        (events."timestamp" at time zone 'UTC')::date as day,
        jsonb_path_query_first(
            events.props, '$.ttfbMs ? (@.type() == "number" && @ >= 0 && @ <= 120000)'
        )::text::numeric as ttfb_ms,
        events.view_id is null or events.dedupe_key = reports.dedupe_key as is_last
    from {{ source('raw', 'events') }} as events
    left join reports
        on
            events.visitor_id = reports.visitor_id
            and events.view_id = reports.view_id
    where events.created_at < (select watermark.received_through from watermark)
),

raw_values as (
    select
        property_id,
        day,
        round(
            percentile_cont(0.95) within group (order by ttfb_ms) filter (where is_last)
        ) as p95_ttfb_ms,
        count(ttfb_ms) filter (where is_last) as ttfb_samples
    from measured
    group by
        property_id,
        day
)

select
    property_id,
    day,
    rollups.p95_ttfb_ms as rollup_p95_ttfb_ms,
    raw_values.p95_ttfb_ms as raw_p95_ttfb_ms,
    rollups.ttfb_samples as rollup_ttfb_samples,
    raw_values.ttfb_samples as raw_ttfb_samples
from {{ ref('daily_ingest_rollups') }} as rollups
full join raw_values using (property_id, day)
where
    day >= (select horizon.held_from from horizon)
    and day not in (
        {{ erased_since('daily_ingest_rollups') }}
    )
    and (
        rollups.p95_ttfb_ms is distinct from raw_values.p95_ttfb_ms
        or coalesce(rollups.ttfb_samples, 0) != coalesce(raw_values.ttfb_samples, 0)
    )
