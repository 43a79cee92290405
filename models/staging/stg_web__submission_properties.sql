with source as (
    select * from {{ source('raw', 'submission_properties') }}
)

select
    submission_id,
    visitor_id,
    property_id::text as property_id,
    created_at as received_at
from source
