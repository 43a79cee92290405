-- One month as it would lie in two tables: what happened, and a wide log of what was promoted from it.
create table public.split_events as
select
    id, visitor_id, session_id, dedupe_key, event_type, path, "timestamp", occurred_on, ip_hash,
    ua_hash, created_at
from raw.events
where occurred_on between {first} and {last}
order by "timestamp";

create table public.split_log as
select
    id as event_id, visitor_id, session_id, "timestamp", occurred_on, property_id, traffic_source,
    device_type, country_code, is_entrance, is_exit, is_conversion, path, referrer, utm, props
from raw.events
where occurred_on between {first} and {last}
order by "timestamp";

create table public.whole_events as
select * from raw.events
where occurred_on between {first} and {last}
order by "timestamp";

alter table public.split_events add primary key (id);
alter table public.split_log add primary key (event_id);
create index on public.split_events ("timestamp");
create index on public.split_log (property_id, "timestamp");
alter table public.whole_events add primary key (id);
create index on public.whole_events (property_id, "timestamp");
