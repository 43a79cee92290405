-- What a property asks for in its pages, and which referrers are no new source.
alter table raw.properties
add column if not exists ignored_referrers text[] not null default '{}',
add column if not exists kept_query text[] not null default '{}',
add column if not exists keeps_slash boolean not null default true,
add column if not exists keeps_case boolean not null default true,
add column if not exists keeps_route boolean not null default false;

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
