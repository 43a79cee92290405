select coalesce(jsonb_object_agg(traffic_source, events), '{}') as traffic_source_breakdown
from (
    select traffic_source, count(*) as events
    from raw.events
    where property_id = %(property)s and "timestamp" >= %(since)s and "timestamp" < %(until)s
        and occurred_on = %(day)s
    group by traffic_source
) as sources
