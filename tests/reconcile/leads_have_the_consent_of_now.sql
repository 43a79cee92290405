-- A lead that is not erased says what it agrees to, however long ago it was captured. One that
-- changed or went since the last build waits for the next.
with

watermark as (
    select received_through
    from {{ source('analytics_state', 'rollup_watermarks') }}
    where mart = 'leads'
)

select
    mart.lead_id,
    mart.consent_status as mart_consent,
    leads.consent_status as raw_consent
from {{ ref('leads') }} as mart
left join {{ source('raw', 'leads') }} as leads
    on mart.lead_id = leads.id
where
    (
        leads.id is null
        and not exists (
            select from {{ source('raw', 'lead_accesses') }} as accesses
            where
                accesses.purpose = 'erase'
                and accesses.created_at >= (select watermark.received_through from watermark)
        )
    )
    or (
        mart.consent_status != leads.consent_status::text
        and leads.updated_at < (select watermark.received_through from watermark)
    )
