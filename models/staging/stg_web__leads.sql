with source as (
    select
        id,
        consent_status,
        email_domain_class
    from {{ source('raw', 'leads') }}
)

-- The address stays behind.
select
    id as lead_id,
    consent_status::text as consent_status,
    email_domain_class::text as email_domain_class
from source
