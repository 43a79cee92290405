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

-- Lateral and kept apart, so that the visitors of each lead and their visits are looked up by
-- indexes.
visits as (
    select
        captured.*,
        sessions.session_id,
        sessions.property_id,
        sessions.traffic_source,
        sessions.utm_source,
        sessions.utm_medium,
        sessions.utm_campaign,
        sessions.entry_path,
        sessions.device_type,
        sessions.started_at,
        sessions.ended_at,
        sessions.visitor_id = captured.visitor_id as is_of_capture
    from captured
    cross join
        lateral (
            select distinct known.visitor_id
            from {{ ref('stg_web__form_submissions') }} as known
            where
                known.lead_key = captured.lead_id
                and known.received_at < {{ build_cutoff() }}
            offset 0
        ) as lead_visitors
    left join
        lateral (
            select known.*
            from {{ ref('sessions') }} as known
            where
                known.visitor_id = lead_visitors.visitor_id
                and known.started_at <= captured.captured_at
            offset 0
        ) as sessions
        on true
),

-- The first visit of all, and of the visits of one session that which saw the visitor last before
-- the form was sent.
placed as (
    select
        *,
        row_number() over (
            partition by lead_id
            order by started_at asc, session_id asc, property_id collate "C" asc
        ) = 1 as is_first,
        row_number() over (
            partition by lead_id, is_of_capture
            order by
                least(ended_at, captured_at) desc,
                started_at desc,
                session_id desc,
                property_id collate "C" desc
        ) = 1 as is_last
    from visits
),

told as (
    select
        lead_id,
        min(property_id) filter (where is_of_capture and is_last) as property_id,
        property_ids,
        form_name,
        min(traffic_source) filter (where is_first) as first_traffic_source,
        min(utm_source) filter (where is_first) as first_utm_source,
        min(utm_medium) filter (where is_first) as first_utm_medium,
        min(utm_campaign) filter (where is_first) as first_utm_campaign,
        min(entry_path) filter (where is_first) as first_landing_path,
        min(device_type) filter (where is_first) as first_device_type,
        day,
        captured_at,
        time_to_capture_ms,
        count(*) filter (where ended_at < captured_at) as visits_before
    from placed
    group by
        lead_id,
        property_ids,
        form_name,
        day,
        captured_at,
        time_to_capture_ms
),

leads as (
    select
        told.lead_id,
        told.property_id,
        told.property_ids,
        told.form_name,
        known.email_domain_class,
        known.consent_status,
        told.first_traffic_source,
        told.first_utm_source,
        told.first_utm_medium,
        told.first_utm_campaign,
        told.first_landing_path,
        told.first_device_type,
        told.day,
        told.captured_at as first_captured_at,
        told.time_to_capture_ms as time_to_first_capture_ms,
        told.visits_before,
        {{ build_cutoff() }} as generated_at
    from told
    inner join {{ ref('stg_web__leads') }} as known
        on told.lead_id = known.lead_id
)

select * from leads
