select
    property_id as property,
    day,
    case when is_bot then 'bots' else 'people' end as audience,
    traffic_source as source,  -- noqa: RF04
    events,
    page_views,
    entrances,
    conversions
from {{ ref('daily_traffic_sources') }}
