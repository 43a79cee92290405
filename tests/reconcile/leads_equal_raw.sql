-- A capture counts on its day, for each property on which its visitor had an event by then: by the
-- events themselves, and by what is kept of those that are purged.
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

watermarks as (
    select
        mart,
        received_through
    from {{ source('analytics_state', 'rollup_watermarks') }}
    where mart in ('daily_metric_rollups', 'daily_ingest_rollups')
),

first_events as (
    select
        watermarks.mart,
        events.visitor_id,
        min(events."timestamp") filter (
            where events.created_at < watermarks.received_through
        ) as counted_at,
        min(events."timestamp") filter (
            where events.created_at >= watermarks.received_through
        ) as waiting_at
    from {{ source('raw', 'events') }} as events
    cross join watermarks
    group by
        watermarks.mart,
        events.visitor_id
),

submissions as (
    select
        watermarks.mart,
        watermarks.received_through,
        submissions.id,
        submissions.visitor_id,
        submissions.validation_status,
        submissions.is_first_capture,
        submissions.captured_at,
        (submissions.captured_at at time zone 'UTC')::date as day,
        -- Of the earliest visitor of the lead, without an event that waits for the next build.
        min(
            case
                when first_events.waiting_at <= visitors.first_seen_at then first_events.counted_at
                else visitors.first_seen_at
            end
        ) over (
            partition by
                watermarks.mart,
                coalesce(submissions.lead_id, submissions.erased_lead_id, submissions.id)
        ) as first_seen_at
    from {{ source('raw', 'form_submissions') }} as submissions
    inner join {{ source('raw', 'visitors') }} as visitors
        on submissions.visitor_id = visitors.id
    inner join watermarks
        on submissions.created_at < watermarks.received_through
    left join first_events
        on
            submissions.visitor_id = first_events.visitor_id
            and watermarks.mart = first_events.mart
),

attributed as (
    select
        submissions.*,
        properties.property_id
    from submissions
    cross join lateral (
        select events.property_id
        from {{ source('raw', 'events') }} as events
        where
            events.visitor_id = submissions.visitor_id
            and events."timestamp" <= submissions.captured_at
            and events.created_at < submissions.received_through
        union
        select kept.property_id
        from {{ source('raw', 'submission_properties') }} as kept
        where
            kept.visitor_id = submissions.visitor_id
            and kept.submission_id = submissions.id
            and kept.created_at < submissions.received_through
    ) as properties
),

raw_values as (
    select
        property_id,
        day,
        'new_leads' as measure,
        count(*) as raw_value
    from attributed
    where
        mart = 'daily_metric_rollups'
        and is_first_capture
    group by
        property_id,
        day
    union all
    select
        property_id,
        day,
        'time_to_first_capture_sum_ms' as measure,
        sum(round(greatest(extract(epoch from captured_at - first_seen_at), 0) * 1000)) as raw_value
    from attributed
    where
        mart = 'daily_metric_rollups'
        and is_first_capture
    group by
        property_id,
        day
    union all
    select
        property_id,
        day,
        'leads_accepted' as measure,
        count(*) as raw_value
    from attributed
    where
        mart = 'daily_ingest_rollups'
        and validation_status = 'accepted'
    group by
        property_id,
        day
    union all
    select
        property_id,
        day,
        'leads_rejected' as measure,
        sum(refused.occurrences) as raw_value
    from (
        select
            property_id,
            day,
            1 as occurrences
        from attributed
        where
            mart = 'daily_ingest_rollups'
            and validation_status != 'accepted'
        union all
        select
            rejections.property_id,
            (rejections.occurred_at at time zone 'UTC')::date as day,
            rejections.occurrences
        from {{ source('raw', 'ingest_rejections') }} as rejections
        inner join watermarks
            on
                watermarks.mart = 'daily_ingest_rollups'
                and rejections.created_at < watermarks.received_through
        where rejections.endpoint = '/v1/leads/capture'
    ) as refused
    group by
        property_id,
        day
),

rollup_values as (
    select
        rollups.property_id,
        rollups.day,
        measures.measure,
        measures.rollup_value
    from {{ ref('daily_metric_rollups') }} as rollups
    cross join
        lateral (
            values
            ('new_leads', rollups.new_leads),
            ('time_to_first_capture_sum_ms', rollups.time_to_first_capture_sum_ms)
        ) as measures (measure, rollup_value)
    union all
    select
        rollups.property_id,
        rollups.day,
        measures.measure,
        measures.rollup_value
    from {{ ref('daily_ingest_rollups') }} as rollups
    cross join lateral (
        values
        ('leads_accepted', rollups.leads_accepted),
        ('leads_rejected', rollups.leads_rejected)
    ) as measures (measure, rollup_value)
)

select
    property_id,
    day,
    measure,
    rollup_values.rollup_value,
    raw_values.raw_value
from rollup_values
full join raw_values using (property_id, day, measure)
where
    day >= (select horizon.held_from from horizon)
    and day not in (
        {{ erased_since('daily_metric_rollups') }}
        union all
        {{ erased_since('daily_ingest_rollups') }}
    )
    and coalesce(rollup_values.rollup_value, 0) != coalesce(raw_values.raw_value, 0)
