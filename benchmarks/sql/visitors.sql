insert into raw.visitors (
    id, anon_id, first_seen_at, last_seen_at,
    first_ip_hash, last_ip_hash, first_ua_hash, last_ua_hash, created_at, updated_at
)
select
    visitor_id,
    min(anon_id),
    min(started_at),
    max(started_at + (views - 1) * interval '45 seconds'),
    min(ip_hash),
    min(ip_hash),
    min(ua_hash),
    min(ua_hash),
    min(started_at),
    max(started_at)
from public.visits
group by visitor_id
