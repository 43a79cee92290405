-- Of a lead of whom rows wait for the next build raw no longer knows what was counted: the row of
-- the mart stands for itself. What is purged of their visits the mart sessions knows alone.
{% set mart = 'leads' %}
{% set visitors = "select visitor_id from " ~ source('raw', 'form_submissions') %}
with

captures as (
    {{ recounted_captures(mart) }}
),

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

waiting as (
    select id as lead_id
    from {{ source('raw', 'leads') }}
    where updated_at >= {{ counted_through(mart) }}
    union
    select named.lead_id
    from {{ source('raw', 'form_submissions') }} as named
    where
        named.created_at >= {{ counted_through(mart) }}
        or named.visitor_id in (
            select events.visitor_id
            from {{ source('raw', 'events') }} as events
            where events.created_at >= {{ counted_through(mart) }}
        )
),

first_captures as (
    select captures.*
    from captures
    left join waiting
        on captures.lead_id = waiting.lead_id
    where
        captures.is_first_capture
        and waiting.lead_id is null
),

captured as (
    select
        lead_id,
        visitor_id,
        form_name,
        day,
        captured_at,
        capture_ms,
        array_agg(property_id order by property_id collate "C" asc) as property_ids
    from first_captures
    group by
        lead_id,
        visitor_id,
        form_name,
        day,
        captured_at,
        capture_ms
),

lead_visitors as (
    select distinct
        lead_id,
        visitor_id
    from {{ source('raw', 'form_submissions') }}
),

visits as (
    select
        session_id,
        visitor_id,
        property_id,
        property_id collate "C" as byte_order,
        started_at,
        ended_at,
        traffic_source,
        utm_source,
        utm_medium,
        utm_campaign,
        entry_path,
        device_type
    from ({{ recounted_visits(mart, visitors) }}) as held
    union all
    select
        session_id,
        visitor_id,
        property_id,
        property_id collate "C" as byte_order,
        started_at,
        ended_at,
        traffic_source,
        utm_source,
        utm_medium,
        utm_campaign,
        entry_path,
        device_type
    from {{ ref('sessions') }}
    where day < (select horizon.held_from from horizon)
),

placed as (
    select
        captured.lead_id,
        visits.*,
        visits.visitor_id = captured.visitor_id as is_captured,
        visits.ended_at < captured.captured_at as is_before,
        row_number() over (
            partition by captured.lead_id
            order by
                visits.started_at asc, visits.session_id asc, visits.byte_order asc
        ) as place,
        row_number() over (
            partition by captured.lead_id, visits.visitor_id = captured.visitor_id
            order by
                least(visits.ended_at, captured.captured_at) desc,
                visits.started_at desc,
                visits.session_id desc,
                visits.byte_order desc
        ) as place_from_the_end
    from captured
    inner join lead_visitors
        on captured.lead_id = lead_visitors.lead_id
    inner join visits
        on
            lead_visitors.visitor_id = visits.visitor_id
            and captured.captured_at >= visits.started_at
),

recounted as (
    select
        captured.lead_id,
        captured.property_ids,
        captured.form_name,
        leads.email_domain_class::text as email_domain_class,
        leads.consent_status::text as consent_status,
        captured.day,
        captured.captured_at as first_captured_at,
        captured.capture_ms as time_to_first_capture_ms,
        min(placed.property_id) filter (
            where placed.is_captured and placed.place_from_the_end = 1
        ) as property_id,
        min(placed.traffic_source) filter (where placed.place = 1) as first_traffic_source,
        min(placed.utm_source) filter (where placed.place = 1) as first_utm_source,
        min(placed.utm_medium) filter (where placed.place = 1) as first_utm_medium,
        min(placed.utm_campaign) filter (where placed.place = 1) as first_utm_campaign,
        min(placed.entry_path) filter (where placed.place = 1) as first_landing_path,
        min(placed.device_type) filter (where placed.place = 1) as first_device_type,
        count(*) filter (where placed.is_before) as visits_before
    from captured
    inner join {{ source('raw', 'leads') }} as leads
        on captured.lead_id = leads.id
    left join placed
        on captured.lead_id = placed.lead_id
    group by
        captured.lead_id,
        captured.property_ids,
        captured.form_name,
        leads.email_domain_class,
        leads.consent_status,
        captured.day,
        captured.captured_at,
        captured.capture_ms
    union all
    select
        mart.lead_id,
        mart.property_ids,
        mart.form_name,
        mart.email_domain_class,
        mart.consent_status,
        mart.day,
        mart.first_captured_at,
        mart.time_to_first_capture_ms,
        mart.property_id,
        mart.first_traffic_source,
        mart.first_utm_source,
        mart.first_utm_medium,
        mart.first_utm_campaign,
        mart.first_landing_path,
        mart.first_device_type,
        mart.visits_before
    from {{ ref('leads') }} as mart
    where
        (
            mart.lead_id in (select waiting.lead_id from waiting)
            or (
                -- Erased since then: the next build forgets it.
                exists (
                    select 1 from {{ source('raw', 'lead_accesses') }} as accesses
                    where
                        accesses.purpose = 'erase'
                        and accesses.created_at >= {{ counted_through(mart) }}
                )
                and mart.lead_id not in (
                    select gone.id from {{ source('raw', 'leads') }} as gone
                )
            )
        )
        and mart.day between '{{ var("discrepancy_from", "0001-01-01") }}'::date
        and '{{ var("discrepancy_to", "9999-12-31") }}'::date
)

{{ differences(
    mart,
    ['lead_id'],
    [
        'property_id', 'property_ids', 'form_name', 'email_domain_class', 'consent_status', 'day',
        'first_captured_at', 'time_to_first_capture_ms', 'visits_before', 'first_traffic_source',
        'first_utm_source', 'first_utm_medium', 'first_utm_campaign', 'first_landing_path',
        'first_device_type'
    ]
) }}
