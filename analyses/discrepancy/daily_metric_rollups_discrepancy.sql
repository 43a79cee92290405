{% set keys = ['property_id', 'day'] %}
{% set of_leads = ['new_leads', 'time_to_first_capture_sum_ms', 'time_to_first_capture_count'] %}
{% set of_events = [
    'unique_visitors', 'returning_visitors', 'total_page_views', 'total_entrances', 'total_exits',
    'total_conversions', 'form_starts', 'form_submits', 'traffic_source_breakdown',
    'top_landing_paths'
] %}
with

recounted as (
    {{ recounted_metric_rollups('daily_metric_rollups') }}
),

comparable as (
    {{ with_leads_of_purged_pasts('daily_metric_rollups', keys, of_leads, of_events) }}
)

{{ differences('daily_metric_rollups', keys, of_events + of_leads, rows='comparable') }}
