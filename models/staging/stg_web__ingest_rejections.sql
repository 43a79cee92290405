with source as (
    select
        id,
        property_id,
        endpoint,
        reason,
        status_code,
        occurrences,
        occurred_at,
        occurred_on,
        created_at
    from {{ source('raw', 'ingest_rejections') }}
)

select
    id as rejection_id,
    property_id::text as property_id,

    endpoint::text as endpoint,
    reason::text as reason,
    status_code,
    occurrences,

    occurred_on as day,
    occurred_at,
    created_at as received_at
from source
