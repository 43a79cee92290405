select traffic_source::text as traffic_source, count(*) as events
from raw.events
where property_id = %(property)s and occurred_on between %(first)s and %(last)s
group by traffic_source
