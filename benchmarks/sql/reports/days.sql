select
    occurred_on as day,
    count(distinct visitor_id) as visitors,
    count(*) filter (where event_type = 'page_view') as page_views
from raw.events
where property_id = %(property)s and occurred_on between %(first)s and %(last)s
group by occurred_on
order by occurred_on
