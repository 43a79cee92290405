-- What is set for a property. One without a row is as all are: its name is enough.
create table if not exists raw.properties (
    property_id varchar(128) not null,
    hosts text[] not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    ignored_referrers text[] not null default '{}',
    kept_query text[] not null default '{}',
    keeps_slash boolean not null default true,
    keeps_case boolean not null default true,
    keeps_route boolean not null default false,
    name varchar(128),
    time_zone varchar(64) not null default 'UTC',
    constraint properties_pkey primary key (property_id)
);

comment on column raw.properties.hosts is
'Hosts whose pages may send its events, as browsers spell them. None: all may.';
comment on column raw.properties.ignored_referrers is
'Domains of referrers that are no new source, such as payment pages; with their subdomains.';
comment on column raw.properties.kept_query is
'Parameters that stay in pages. None: no query does. *: every one that is no tracking parameter.';
comment on column raw.properties.keeps_slash is
'Whether a slash at the end makes another page.';
comment on column raw.properties.keeps_case is
'Whether capital letters make another page.';
comment on column raw.properties.keeps_route is
'Whether a fragment that begins with / or !/ stays in pages.';
comment on column raw.properties.name is 'What people call it; null where its id says enough.';
comment on column raw.properties.time_zone is
'The latest zone of its days; raw.property_zones says from which day on.';
