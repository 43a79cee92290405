with source as (
    select
        id,
        first_seen_at,
        last_seen_at,
        created_at
    from {{ source('raw', 'visitors') }}
)

select
    id as visitor_id,
    first_seen_at,
    last_seen_at,
    created_at as received_at
from source
