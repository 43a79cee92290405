{# Rows of daily_ingest_rollups, as far as the mart has counted. #}
{%- macro recounted_ingest_rollups(mart) -%}
{%- set ttfb = var('web_vitals') | selectattr('name', 'equalto', 'ttfb') | list -%}
with

event_totals as (
    select
        property_id,
        day,
        count(*) as events_accepted,
        count(ttfb_ms) as ttfb_samples,
        round(percentile_cont(0.95) within group (order by ttfb_ms)) as p95_ttfb_ms,
        count(*) filter (where is_person) as people_events_accepted,
        count(ttfb_ms) filter (where is_person) as people_ttfb_samples,
        round(percentile_cont(0.95) within group (order by ttfb_ms) filter (where is_person))
            as people_p95_ttfb_ms
    from (
        select
            events.property_id::text as property_id,
            events.occurred_on as day,
            events.device_type <> 'bot' as is_person,
            case
                when events.view_id is null or events.dedupe_key = reports.dedupe_key
                    then jsonb_path_query_first(
                        events.props, '$.ttfbMs ? (@.type() == "number" && @ >= 0 && @ <= 120000)'
                    )::text::double precision
            end as ttfb_ms
        from {{ source('raw', 'events') }} as events
        left join (
            {{ recounted_last_reports(mart, ttfb) }}
        ) as reports
            on
                events.visitor_id = reports.visitor_id
                and events.view_id = reports.view_id
        where {{ is_recounted(mart, 'events.occurred_on', 'events.created_at') }}
    ) as measured
    group by
        day,
        property_id
),

duplicate_totals as (
    select
        property_id::text as property_id,
        occurred_on as day,
        sum(occurrences) as events_duplicate
    from {{ source('raw', 'ingest_duplicates') }}
    where {{ is_recounted(mart, 'occurred_on', 'created_at') }}
    group by
        property_id,
        occurred_on
),

refusals as (
    select
        property_id::text as property_id,
        occurred_on as day,
        endpoint,
        reason,
        occurrences
    from {{ source('raw', 'ingest_rejections') }}
    where {{ is_recounted(mart, 'occurred_on', 'created_at') }}
),

refusal_totals as (
    select
        property_id,
        day,
        sum(occurrences) filter (
            where endpoint = '/v1/events' or endpoint like '/v1/events/%'
        ) as events_rejected,
        sum(occurrences) filter (where endpoint = '/v1/leads/capture') as captures_refused
    from refusals
    group by
        property_id,
        day
),

error_breakdowns as (
    select
        property_id,
        day,
        jsonb_object_agg(reason, occurrences) as error_breakdown
    from (
        select
            property_id,
            day,
            reason,
            sum(occurrences) as occurrences
        from refusals
        group by
            property_id,
            day,
            reason
    ) as reasons
    group by
        property_id,
        day
),

capture_totals as (
    select
        property_id,
        day,
        count(*) filter (where is_accepted) as leads_accepted,
        count(*) filter (where not is_accepted) as leads_refused
    from ({{ recounted_captures(mart) }}) as captures
    group by
        property_id,
        day
)

select
    property_id,
    day,
    coalesce(event_totals.events_accepted, 0) as events_accepted,
    coalesce(duplicate_totals.events_duplicate, 0) as events_duplicate,
    coalesce(refusal_totals.events_rejected, 0) as events_rejected,
    coalesce(capture_totals.leads_accepted, 0) as leads_accepted,
    coalesce(refusal_totals.captures_refused, 0)
    + coalesce(capture_totals.leads_refused, 0) as leads_rejected,
    event_totals.p95_ttfb_ms,
    coalesce(event_totals.ttfb_samples, 0) as ttfb_samples,
    coalesce(error_breakdowns.error_breakdown, '{}') as error_breakdown,
    coalesce(event_totals.people_events_accepted, 0) as people_events_accepted,
    event_totals.people_p95_ttfb_ms,
    coalesce(event_totals.people_ttfb_samples, 0) as people_ttfb_samples
from event_totals
full join duplicate_totals using (property_id, day)
full join refusal_totals using (property_id, day)
full join capture_totals using (property_id, day)
left join error_breakdowns using (property_id, day)
{%- endmacro -%}
