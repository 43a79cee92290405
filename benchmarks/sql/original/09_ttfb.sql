select
    count(*) as events_accepted,
    round(
        percentile_cont(0.95) within group (order by (props ->> 'ttfbMs')::double precision)
    )::integer as p95_ttfb_ms
from raw.events
where property_id = %(property)s and "timestamp" >= %(since)s and "timestamp" < %(until)s
    and occurred_on = %(day)s
