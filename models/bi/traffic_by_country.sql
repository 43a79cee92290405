select
    property_id as property,
    day,
    case when is_bot then 'bots' else 'people' end as audience,
    country_code as country,
    events,
    page_views,
    entrances,
    conversions
from {{ ref('daily_countries') }}
