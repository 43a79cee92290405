insert into raw.sessions (
    id, visitor_id, started_at, last_event_at, landing_path, referrer,
    utm_source, utm_medium, utm_campaign, created_at, updated_at
)
select
    session_id,
    visitor_id,
    started_at,
    started_at + (views - 1) * interval '45 seconds',
    '/products/category-' || dice % 40 || '/item-' || dice % 5000,
    case when traffic_source = 'organic_search' then 'https://www.google.com/' end,
    case when traffic_source = 'paid_search' then 'google' end,
    case when traffic_source = 'paid_search' then 'cpc' end,
    case when traffic_source = 'paid_search' then 'autumn-sale' end,
    started_at,
    started_at
from public.visits
order by number
