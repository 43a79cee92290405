-- Exact answers for any window, which daily rows cannot be added up to. Each is one statement; the
-- vars window_from, window_to and window_property_id choose the window: dbt show --select
-- window_questions --vars '{window_from: 2026-10-01, window_to: 2026-10-31}'
{% set from_day = var('window_from', '2026-01-01') %}
{% set to_day = var('window_to', '2026-12-31') %}
{% set property_id = var('window_property_id', none) %}
with

visitors as (
    {{ window_visitors(from_day, to_day, property_id) }}
),

mobile_visitors as (
    {{ window_visitors(from_day, to_day, property_id, device_type='mobile') }}
),

ttfb as (
    {{ window_percentile('ttfb', 0.95, from_day, to_day, property_id) }}
),

lcp_on_mobile as (
    {{ window_percentile('lcp', 0.75, from_day, to_day, property_id, device_type='mobile') }}
)

select
    visitors.unique_visitors,
    visitors.returning_visitors,
    mobile_visitors.unique_visitors as unique_visitors_on_mobile,
    ttfb.percentile as p95_ttfb_ms,
    lcp_on_mobile.percentile as p75_lcp_ms_on_mobile
from visitors
cross join mobile_visitors
cross join ttfb
cross join lcp_on_mobile
