-- What is set for a property.
create table if not exists raw.properties (
    property_id varchar(128) not null,
    hosts text[] not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint properties_pkey primary key (property_id)
);

comment on column raw.properties.hosts is
'Hosts whose pages may send its events, as browsers spell them. None: all may.';
