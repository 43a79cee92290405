select
    count(distinct events.visitor_id) as unique_visitors,
    count(distinct events.visitor_id) filter (
        where visitors.first_seen_at < events.occurred_on::timestamp at time zone 'UTC'
    ) as returning_visitors,
    count(*) as events,
    count(*) filter (where event_type = 'page_view') as page_views,
    count(*) filter (where is_entrance) as entrances,
    count(*) filter (where is_conversion) as conversions,
    count(*) filter (where event_type = 'form_start') as form_starts,
    count(*) filter (where event_type = 'form_submit') as form_submits,
    round(
        percentile_cont(0.95) within group (order by (props ->> 'ttfbMs')::double precision)
    )::integer as p95_ttfb_ms
from raw.events
inner join raw.visitors on events.visitor_id = visitors.id
where property_id = %(property)s and occurred_on between %(first)s and %(last)s
