-- Of the dimensions of daily_breakdowns each holds every event once, so one of them is all traffic.
select
    property_id as property,
    day,
    case when is_bot then 'bots' else 'people' end as audience,
    device_type as device,
    events,
    page_views,
    entrances,
    conversions
from {{ ref('daily_devices') }}
