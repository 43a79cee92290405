-- Visitors, their sessions and their events. Every key starts with the visitor, so that the three
-- tables can be distributed by visitor without a change (docs/decisions/0005).
create table if not exists raw.visitors (
    id uuid not null,
    anon_id varchar(128) not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    first_ip_hash varchar(64),
    last_ip_hash varchar(64),
    first_ua_hash varchar(64),
    last_ua_hash varchar(64),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint visitors_pkey primary key (id),
    constraint visitors_seen_in_order check (first_seen_at <= last_seen_at)
)
-- Each group of events changes its visitors and sessions. With room on the page the new row stays
-- beside the old one, and no index is touched (docs/decisions/0052).
with (fillfactor = 80);

-- For the visitors of one address and agent. It changes only where the address does.
create index if not exists visitors_last_ip_hash_idx on raw.visitors (last_ip_hash);

comment on column raw.visitors.id is
'UUID v5 of anon_id, which makes anon_id unique by way of the primary key.';

create table if not exists raw.sessions (
    id uuid not null,
    visitor_id uuid not null,
    started_at timestamptz not null,
    last_event_at timestamptz not null,
    ended_at timestamptz,
    landing_path varchar(2048),
    referrer varchar(2048),
    utm_source varchar(255),
    utm_medium varchar(255),
    utm_campaign varchar(255),
    utm_term varchar(255),
    utm_content varchar(255),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    is_coarse boolean not null default false,
    constraint sessions_pkey primary key (visitor_id, id),
    constraint sessions_visitor_id_fkey
    foreign key (visitor_id) references raw.visitors (id) on delete cascade,
    constraint sessions_in_order check (started_at <= last_event_at)
)
with (fillfactor = 80);

create index if not exists sessions_visitor_id_started_at_idx
on raw.sessions (visitor_id, started_at);
-- Not by a time that changes with each event, which would touch every index of the session.
create index if not exists sessions_coarse_visitor_id_idx
on raw.sessions (visitor_id) where is_coarse;

comment on column raw.sessions.ended_at is
'The time of the last event, known once a later session of the visitor has begun.';

comment on column raw.sessions.is_coarse is
'An event joined or opened it that would have moved too many others, by a campaign for instance.';
comment on column raw.sessions.updated_at is
'No earlier than any event that shaped the session was received.';

create table if not exists raw.events (
    "timestamp" timestamptz not null,
    created_at timestamptz not null default now(),
    id uuid not null,
    visitor_id uuid not null,
    session_id uuid,
    occurred_on date not null,
    traffic_source raw.traffic_source not null default 'unknown',
    device_type raw.device_type not null default 'unknown',
    is_entrance boolean not null default false,
    is_exit boolean not null default false,
    is_conversion boolean not null default false,
    country_code varchar(2),
    dedupe_key varchar(64) not null,
    event_type varchar(64) not null,
    property_id varchar(128) not null default 'default',
    path varchar(2048),
    ip_hash varchar(64),
    ua_hash varchar(64),
    referrer varchar(2048),
    utm jsonb,
    props jsonb,
    view_id uuid,
    page varchar(2048),
    constraint events_pkey primary key (visitor_id, occurred_on, dedupe_key),
    constraint events_visitor_id_fkey
    foreign key (visitor_id) references raw.visitors (id) on delete cascade,
    constraint events_session_id_fkey
    foreign key (visitor_id, session_id) references raw.sessions (visitor_id, id)
    on delete set null (session_id),
    constraint events_occurred_on_is_near_utc_day
    check (occurred_on - ("timestamp" at time zone 'UTC')::date between -1 and 1)
) partition by range (occurred_on);

comment on column raw.events."timestamp" is
'When the event happened, by the browser''s claim.';
comment on column raw.events.created_at is
'When the event was received, by the database''s clock.';
comment on column raw.events.occurred_on is
'The day of "timestamp" by the clocks of the property, decided when the event is stored.';
comment on column raw.events.referrer is
'As sent; kept so that sessions can be cut anew by late events.';
comment on column raw.events.utm is
'As sent, null when the event carried none.';
comment on column raw.events.view_id is
'The page view that the event belongs to, by the browser''s claim; null where it named none.';
comment on column raw.events.page is
'The page of the path, by what was set for the property then; null where it is the path.';

create index if not exists events_visitor_id_timestamp_idx
on raw.events (visitor_id, "timestamp");
create index if not exists events_event_type_timestamp_idx
on raw.events (event_type, "timestamp");
create index if not exists events_path_timestamp_idx
on raw.events (path, "timestamp");
create index if not exists events_session_id_timestamp_idx
on raw.events (session_id, "timestamp");
create index if not exists events_property_id_timestamp_idx
on raw.events (property_id, "timestamp");
create index if not exists events_traffic_source_timestamp_idx
on raw.events (traffic_source, "timestamp");

-- Builds look up the other reports of a page view, which may lie on any day.
create index if not exists events_visitor_id_view_id_idx
on raw.events (visitor_id, view_id) where view_id is not null;

-- Builds look for what was received since the last one; rows lie in the heap in that order, so a
-- block range index finds them for a few kilobytes.
create index if not exists events_created_at_brin on raw.events using brin (created_at)
with (pages_per_range = 32, autosummarize = on);
-- And for a day of a month, which builds replace whole. Several values a range: a late event among
-- those of its day of receipt would stretch a single span over all days between.
create index if not exists events_occurred_on_brin on raw.events
using brin (occurred_on date_minmax_multi_ops)
with (pages_per_range = 32, autosummarize = on);
