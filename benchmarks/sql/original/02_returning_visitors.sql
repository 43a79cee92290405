select count(distinct events.visitor_id) as returning_visitors
from raw.events
inner join raw.visitors on events.visitor_id = visitors.id
where property_id = %(property)s and "timestamp" >= %(since)s and "timestamp" < %(until)s
    and occurred_on = %(day)s and visitors.first_seen_at < %(since)s
