-- The landing path is that of the visit's first event, by the same numbers.
insert into raw.sessions (
    id, visitor_id, started_at, last_event_at, landing_path, referrer,
    utm_source, utm_medium, utm_campaign, created_at, updated_at
)
select
    session_id,
    visitor_id,
    started_at,
    started_at + (views - 1) * interval '45 seconds',
    '/products/category-' || page % 40 || '/item-' || page,
    case when traffic_source = 'organic_search' then 'https://www.google.com/' end,
    case when traffic_source = 'paid_search' then 'google' end,
    case when traffic_source = 'paid_search' then 'cpc' end,
    case when traffic_source = 'paid_search' then 'autumn-sale' end,
    started_at,
    started_at
from (
    select
        *,
        (
            power(5000, abs(hashint8extended(number * 8 + 1, 3) % 1000000) / 1000000.0)
        )::integer as page
    from public.visits
) as landed
order by number
