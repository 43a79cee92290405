with source as (
    select
        visitor_id,
        submission_id,
        property_id,
        created_at
    from {{ source('raw', 'submission_properties') }}
)

select
    submission_id,
    visitor_id,
    property_id::text as property_id,
    created_at as received_at
from source
