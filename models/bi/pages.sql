select
    property_id as property,
    day,
    path as page,
    views as page_views,
    entrances,
    exits,
    conversions
from {{ ref('daily_pages') }}
