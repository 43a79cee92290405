{#
    Before a build replaces days of leads, in the same transaction: what every row says of the present.
    Consent is that of now, and a lead that is erased has no row, also on days that no build replaces any
    more.
#}
{%- macro keep_leads_current() -%}
    {%- if is_incremental() and is_building() -%}
delete from {{ this }} as known
where
    not exists (
        select from {{ ref('stg_web__leads') }} as leads
        where leads.lead_id = known.lead_id
    );
update {{ this }} as known
set consent_status = leads.consent_status
-- As arrays, which Citus has to read before it looks at the mart.
from (
    select
        unnest(array_agg(lead_id)) as lead_id,
        unnest(array_agg(consent_status)) as consent_status
    from {{ ref('stg_web__leads') }}
) as leads
where
    known.lead_id = leads.lead_id
    and known.consent_status != leads.consent_status
    {%- endif -%}
{%- endmacro -%}
