with source as (
    select
        id,
        visitor_id,
        session_id,
        lead_id,
        erased_lead_id,
        form_name,
        path,
        validation_status,
        is_first_capture,
        captured_at,
        occurred_on,
        created_at
    from {{ source('raw', 'form_submissions') }}
)

-- The payload stays behind: it is the visitor's own words, and no number needs it.
select
    id as submission_id,
    visitor_id,
    session_id,
    lead_id,
    coalesce(lead_id, erased_lead_id, id) as lead_key,

    form_name::text as form_name,
    path::text as path,
    validation_status::text as validation_status,
    is_first_capture,

    occurred_on as day,
    captured_at,
    created_at as received_at
from source
