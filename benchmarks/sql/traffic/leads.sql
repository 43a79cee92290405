-- One visit of sixty leaves an address; whoever leaves one again is known by then.
insert into raw.leads (id, email, first_captured_at, last_captured_at)
select
    md5('lead ' || visitor_id)::uuid,
    visitor_id || '@example.com',
    min(started_at + interval '30 seconds'),
    max(started_at + interval '30 seconds')
from public.visits
where dice % 61 = 0 and dice / 61 % 20 > 0
group by visitor_id
