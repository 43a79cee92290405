{% set keys = ['property_id', 'day'] %}
{% set measures = [
    'events_accepted', 'events_duplicate', 'events_rejected', 'p95_ttfb_ms', 'ttfb_samples',
    'error_breakdown', 'leads_accepted', 'leads_rejected',
    'people_events_accepted', 'people_p95_ttfb_ms', 'people_ttfb_samples'
] %}
with

recounted as (
    {{ recounted_ingest_rollups('daily_ingest_rollups') }}
)

{{ differences('daily_ingest_rollups', keys, measures) }}
