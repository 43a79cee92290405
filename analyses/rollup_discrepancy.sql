-- Where do the rollups differ from raw as it is now? One row per property, day and measure.
-- A difference of minus received_after_build is gone after the next build; any other is not.
-- The command line renders this file as well, and knows ref, source and var only.
{% set from_day = var("discrepancy_from", "0001-01-01") %}
{% set to_day = var("discrepancy_to", "9999-12-31") %}
{% set property_id = var("discrepancy_property_id", "") %}
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

watermarks as (
    select
        coalesce(
            max(received_through) filter (where mart = 'daily_ingest_rollups'), '-infinity'
        ) as ingest_rollups,
        coalesce(
            max(received_through) filter (where mart = 'daily_metric_rollups'), '-infinity'
        ) as metric_rollups
    from {{ source('analytics_state', 'rollup_watermarks') }}
),

raw_counts as (
    select
        property_id,
        occurred_on as day,
        'events_accepted' as measure,
        count(*) as raw_value,
        count(*) filter (
            where created_at >= (select watermarks.ingest_rollups from watermarks)
        ) as received_after_build
    from {{ source('raw', 'events') }}
    where occurred_on between '{{ from_day }}'::date and '{{ to_day }}'::date
    group by
        property_id,
        occurred_on
    union all
    select
        property_id,
        (occurred_at at time zone 'UTC')::date as day,
        'events_rejected' as measure,
        sum(occurrences) as raw_value,
        coalesce(
            sum(occurrences) filter (
                where created_at >= (select watermarks.ingest_rollups from watermarks)
            ), 0
        ) as received_after_build
    from {{ source('raw', 'ingest_rejections') }}
    where
        (endpoint = '/v1/events' or endpoint like '/v1/events/%')
        and (occurred_at at time zone 'UTC')::date
        between '{{ from_day }}'::date and '{{ to_day }}'::date
    group by
        property_id,
        (occurred_at at time zone 'UTC')::date
    union all
    select
        property_id,
        occurred_on as day,
        'page_views' as measure,
        count(*) as raw_value,
        count(*) filter (
            where created_at >= (select watermarks.metric_rollups from watermarks)
        ) as received_after_build
    from {{ source('raw', 'events') }}
    where
        event_type = 'page_view'
        and occurred_on between '{{ from_day }}'::date and '{{ to_day }}'::date
    group by
        property_id,
        occurred_on
),

rollup_counts as (
    select
        property_id,
        day,
        'events_accepted' as measure,
        events_accepted as rollup_value
    from {{ ref('daily_ingest_rollups') }}
    union all
    select
        property_id,
        day,
        'events_rejected' as measure,
        events_rejected as rollup_value
    from {{ ref('daily_ingest_rollups') }}
    union all
    select
        property_id,
        day,
        'page_views' as measure,
        total_page_views as rollup_value
    from {{ ref('daily_metric_rollups') }}
),

compared as (
    select
        property_id,
        day,
        measure,
        coalesce(rollup_counts.rollup_value, 0) as rollup_value,
        coalesce(raw_counts.raw_value, 0) as raw_value,
        coalesce(raw_counts.received_after_build, 0) as received_after_build
    from rollup_counts
    full join raw_counts using (property_id, day, measure)
)

select
    compared.property_id,
    compared.day,
    compared.measure,
    compared.rollup_value,
    compared.raw_value,
    compared.rollup_value - compared.raw_value as difference,
    compared.received_after_build
from compared
where
    compared.rollup_value != compared.raw_value
    {% if property_id %}
    and compared.property_id = '{{ property_id }}'
    {% endif %}
    and compared.day between '{{ from_day }}'::date and '{{ to_day }}'::date
    -- Days that raw no longer holds whole cannot be compared.
    and compared.day >= (select horizon.held_from from horizon)
order by
    compared.property_id asc,
    compared.day asc,
    compared.measure asc
