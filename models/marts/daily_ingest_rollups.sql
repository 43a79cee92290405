{{ config(meta={'also_touches': 'days_of_replaced_reports', 'shape': 2}) }}

with

events as (
    {{ last_reports(['property_id', 'day', 'device_type'], ['ttfb_ms']) }}
),

duplicates as (
    select
        property_id,
        day,
        occurrences
    from {{ ref('stg_web__ingest_duplicates') }}
    where
        received_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and day in ({{ touched_days() }})
        {% endif %}
),

rejections as (
    select
        property_id,
        day,
        endpoint,
        reason,
        occurrences
    from {{ ref('stg_web__ingest_rejections') }}
    where
        received_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and day in ({{ touched_days() }})
        {% endif %}
),

submissions as (
    select
        property_id,
        day,
        validation_status
    from {{ ref('int_web__lead_captures') }}
    where
        received_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and day in ({{ touched_days() }})
        {% endif %}
),

event_totals as (
    select
        property_id,
        day,
        count(*) as events_accepted,
        round(percentile_cont(0.95) within group (order by ttfb_ms))::integer as p95_ttfb_ms,
        count(ttfb_ms) as ttfb_samples,
        count(*) filter (where not {{ is_bot() }}) as people_events_accepted,
        round(
            percentile_cont(0.95) within group (order by ttfb_ms)
            filter (where not {{ is_bot() }})
        )::integer as people_p95_ttfb_ms,
        count(ttfb_ms) filter (where not {{ is_bot() }}) as people_ttfb_samples
    from events
    -- The day first: percentiles then sort by a number before they sort by a text.
    group by
        day,
        property_id
),

duplicate_totals as (
    select
        property_id,
        day,
        sum(occurrences) as events_duplicate
    from duplicates
    group by
        property_id,
        day
),

rejection_totals as (
    select
        property_id,
        day,
        sum(occurrences) filter (
            where endpoint = '/v1/events' or endpoint like '/v1/events/%'
        ) as events_rejected,
        sum(occurrences) filter (where endpoint = '/v1/leads/capture') as captures_rejected
    from rejections
    group by
        property_id,
        day
),

reason_totals as (
    select
        property_id,
        day,
        reason,
        sum(occurrences) as occurrences
    from rejections
    group by
        property_id,
        day,
        reason
),

error_breakdowns as (
    select
        property_id,
        day,
        jsonb_object_agg(reason, occurrences) as error_breakdown
    from reason_totals
    group by
        property_id,
        day
),

submission_totals as (
    select
        property_id,
        day,
        count(*) filter (where validation_status = 'accepted') as submissions_accepted,
        count(*) filter (where validation_status != 'accepted') as submissions_refused
    from submissions
    group by
        property_id,
        day
),

rollups as (
    select
        property_id,
        day,
        coalesce(event_totals.events_accepted, 0) as events_accepted,
        coalesce(duplicate_totals.events_duplicate, 0) as events_duplicate,
        coalesce(rejection_totals.events_rejected, 0) as events_rejected,
        coalesce(submission_totals.submissions_accepted, 0) as leads_accepted,
        -- The app writes down a refused capture as the one or the other, never as both.
        coalesce(rejection_totals.captures_rejected, 0)
        + coalesce(submission_totals.submissions_refused, 0) as leads_rejected,
        event_totals.p95_ttfb_ms,
        coalesce(event_totals.ttfb_samples, 0) as ttfb_samples,
        coalesce(error_breakdowns.error_breakdown, '{}'::jsonb) as error_breakdown,
        coalesce(event_totals.people_events_accepted, 0) as people_events_accepted,
        event_totals.people_p95_ttfb_ms,
        coalesce(event_totals.people_ttfb_samples, 0) as people_ttfb_samples,
        {{ build_cutoff() }} as generated_at
    from event_totals
    full join duplicate_totals using (property_id, day)
    full join rejection_totals using (property_id, day)
    full join submission_totals using (property_id, day)
    left join error_breakdowns using (property_id, day)
)

select * from rollups
