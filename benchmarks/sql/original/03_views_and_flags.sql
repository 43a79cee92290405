select
    count(*) filter (where event_type = 'page_view') as total_page_views,
    count(*) filter (where is_entrance) as total_entrances,
    count(*) filter (where is_exit) as total_exits,
    count(*) filter (where is_conversion) as total_conversions
from raw.events
where property_id = %(property)s and "timestamp" >= %(since)s and "timestamp" < %(until)s
    and occurred_on = %(day)s
