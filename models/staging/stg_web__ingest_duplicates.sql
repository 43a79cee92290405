with source as (
    select
        id,
        property_id,
        occurrences,
        occurred_on,
        created_at
    from {{ source('raw', 'ingest_duplicates') }}
)

select
    id as duplicate_id,
    property_id::text as property_id,
    occurrences,
    occurred_on as day,
    created_at as received_at
from source
