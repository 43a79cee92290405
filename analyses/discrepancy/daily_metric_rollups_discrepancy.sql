{% set keys = ['property_id', 'day'] %}
{% set measures = [
    'unique_visitors', 'returning_visitors', 'total_page_views', 'total_entrances', 'total_exits',
    'total_conversions', 'form_starts', 'form_submits', 'traffic_source_breakdown',
    'top_landing_paths', 'new_leads', 'time_to_first_capture_sum_ms', 'time_to_first_capture_count',
    'people_unique_visitors', 'people_returning_visitors', 'people_total_page_views',
    'people_total_entrances', 'people_total_exits', 'people_total_conversions',
    'people_form_starts', 'people_form_submits', 'people_traffic_source_breakdown',
    'people_top_landing_paths'
] %}
with

recounted as (
    {{ recounted_metric_rollups('daily_metric_rollups') }}
)

{{ differences('daily_metric_rollups', keys, measures) }}
