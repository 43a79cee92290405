select count(distinct visitor_id) as unique_visitors
from raw.events
where property_id = %(property)s and "timestamp" >= %(since)s and "timestamp" < %(until)s
    and occurred_on = %(day)s
