{% set keys = ['property_id', 'day'] %}
{% set of_leads = ['leads_accepted', 'leads_rejected'] %}
{% set of_events = [
    'events_accepted', 'events_duplicate', 'events_rejected', 'p95_ttfb_ms', 'ttfb_samples',
    'error_breakdown'
] %}
with

recounted as (
    {{ recounted_ingest_rollups('daily_ingest_rollups') }}
),

comparable as (
    {{ with_leads_of_purged_pasts('daily_ingest_rollups', keys, of_leads, of_events) }}
)

{{ differences('daily_ingest_rollups', keys, of_events + of_leads, rows='comparable') }}
