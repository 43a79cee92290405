{#
    Of what led up to a lead the mart sessions knows more than raw, which is purged. What a lead says now
    is kept by keep_leads_current().
#}
{{ config(
    meta={'also_touches': 'days_of_changed_leads'},
    pre_hook="{{ keep_leads_current() }}"
) }}

with

first_captures as (
    select * from {{ ref('int_web__first_captures') }}
    where
        lead_id is not null
        {% if is_incremental() %}
        and day in ({{ touched_days() }})
        {% endif %}
),

captured as (
    select
        lead_id,
        visitor_id,
        form_name,
        day,
        captured_at,
        time_to_capture_ms,
        array_agg(property_id order by property_id collate "C" asc) as property_ids
    from first_captures
    group by
        lead_id,
        visitor_id,
        form_name,
        day,
        captured_at,
        time_to_capture_ms
),

lead_visitors as (
    select distinct
        captured.lead_id,
        captured.captured_at,
        submissions.visitor_id,
        submissions.visitor_id = captured.visitor_id as is_captured
    from captured
    inner join {{ ref('stg_web__form_submissions') }} as submissions
        on captured.lead_id = submissions.lead_key
    where submissions.received_at < {{ build_cutoff() }}
),

-- Lateral and kept apart, so that the visits of each are looked up by the index.
visits as (
    select
        lead_visitors.lead_id,
        lead_visitors.is_captured,
        lead_visitors.captured_at,
        sessions.*,
        sessions.ended_at < lead_visitors.captured_at as is_before
    from lead_visitors
    cross join
        lateral (
            select
                known.session_id,
                known.property_id,
                known.started_at,
                known.ended_at,
                known.traffic_source,
                known.utm_source,
                known.utm_medium,
                known.utm_campaign,
                known.entry_path,
                known.device_type
            from {{ ref('sessions') }} as known
            where
                known.visitor_id = lead_visitors.visitor_id
                and known.started_at <= lead_visitors.captured_at
            offset 0
        ) as sessions
),

visits_before as (
    select
        lead_id,
        count(*) as visits_before
    from visits
    where is_before
    group by lead_id
),

first_visits as (
    select distinct on (lead_id) *
    from visits
    order by
        lead_id asc,
        started_at asc,
        session_id asc,
        property_id collate "C" asc
),

-- Of the visits of one session, that which saw the visitor last before the form was sent.
visits_of_capture as (
    select distinct on (lead_id)
        lead_id,
        property_id
    from visits
    where is_captured
    order by
        lead_id asc,
        least(ended_at, captured_at) desc,
        started_at desc,
        session_id desc,
        property_id collate "C" desc
),

leads as (
    select
        captured.lead_id,
        visits_of_capture.property_id,
        captured.property_ids,
        captured.form_name,
        known.email_domain_class,
        known.consent_status,
        first_visits.traffic_source as first_traffic_source,
        first_visits.utm_source as first_utm_source,
        first_visits.utm_medium as first_utm_medium,
        first_visits.utm_campaign as first_utm_campaign,
        first_visits.entry_path as first_landing_path,
        first_visits.device_type as first_device_type,
        captured.day,
        captured.captured_at as first_captured_at,
        captured.time_to_capture_ms as time_to_first_capture_ms,
        coalesce(visits_before.visits_before, 0) as visits_before,
        {{ build_cutoff() }} as generated_at
    from captured
    inner join {{ ref('stg_web__leads') }} as known
        on captured.lead_id = known.lead_id
    left join visits_before
        on captured.lead_id = visits_before.lead_id
    left join first_visits
        on captured.lead_id = first_visits.lead_id
    left join visits_of_capture
        on captured.lead_id = visits_of_capture.lead_id
)

select * from leads
