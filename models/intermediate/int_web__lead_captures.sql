with

submissions as (
    select * from {{ ref('stg_web__form_submissions') }}
),

-- Lateral, so that a build looks up the visitors of its own captures by the index. As a plain join
-- Postgres read all events for the captures of one day.
captures as (
    select
        submissions.submission_id,
        properties.property_id,
        submissions.visitor_id,
        submissions.validation_status,
        submissions.is_first_capture,
        submissions.day,
        submissions.captured_at,
        greatest(submissions.received_at, properties.received_at) as received_at
    from submissions
    cross join lateral (
        select
            events.property_id,
            min(events.received_at) as received_at
        from {{ ref('stg_web__events') }} as events
        where
            events.visitor_id = submissions.visitor_id
            and events.occurred_at <= submissions.captured_at
        group by events.property_id
    ) as properties
)

select * from captures
