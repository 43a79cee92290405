-- A row a visit, so that a tool groups by whatever it likes: every measure adds up over all.
select
    property_id as property,
    day,
    case when is_bot then 'bots' else 'people' end as audience,
    traffic_source as source,  -- noqa: RF04
    coalesce(referrer_host, '(not set)') as referrer,
    coalesce(utm_source, '(not set)') as campaign_source,
    coalesce(utm_medium, '(not set)') as campaign_medium,
    coalesce(utm_campaign, '(not set)') as campaign,
    coalesce(entry_path, '(not set)') as landing_page,
    coalesce(exit_path, '(not set)') as exit_page,
    device_type as device,
    coalesce(country_code, 'unknown') as country,
    started_at,
    1 as visits,
    is_bounce::integer as bounces,
    is_converted::integer as converted_visits,
    page_views,
    conversions,
    duration_ms / 1000.0 as duration_seconds,
    engaged_ms / 1000.0 as engaged_seconds
from {{ ref('sessions') }}
