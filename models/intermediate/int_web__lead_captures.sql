with

submissions as (
    select * from {{ ref('stg_web__form_submissions') }}
),

properties as (
    select * from {{ ref('stg_web__submission_properties') }}
),

captures as (
    select
        submissions.submission_id,
        properties.property_id,
        submissions.visitor_id,
        submissions.lead_id,
        submissions.lead_key,
        submissions.form_name,
        submissions.validation_status,
        submissions.is_first_capture,
        submissions.day,
        submissions.captured_at,
        greatest(submissions.received_at, properties.received_at) as received_at
    from submissions
    inner join properties
        on
            submissions.visitor_id = properties.visitor_id
            and submissions.submission_id = properties.submission_id
)

select * from captures
