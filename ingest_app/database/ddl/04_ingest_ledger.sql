-- What was received and is not in raw.events: received = accepted + duplicate + rejected.
create table if not exists raw.ingest_rejections (
    id uuid not null,
    property_id varchar(128) not null,
    endpoint varchar(64) not null,
    reason varchar(64) not null,
    status_code smallint not null,
    occurred_at timestamptz not null default now(),
    occurrences integer not null default 1,
    created_at timestamptz not null default now(),
    occurred_on date not null,
    constraint ingest_rejections_pkey primary key (id),
    constraint ingest_rejections_count_something check (occurrences > 0)
);

create index if not exists ingest_rejections_occurred_on_idx on raw.ingest_rejections (occurred_on);
create index if not exists ingest_rejections_created_at_idx
on raw.ingest_rejections (created_at);

comment on table raw.ingest_rejections is 'Requests refused, on the day of the refusal.';
comment on column raw.ingest_rejections.occurred_on is
'The day of the refusal by the clocks of the property, decided when the row is stored.';
comment on column raw.ingest_rejections.occurrences is 'How many refusals this row stands for.';

create table if not exists raw.ingest_duplicates (
    id uuid not null,
    property_id varchar(128) not null,
    occurred_on date not null,
    occurrences integer not null default 1,
    created_at timestamptz not null default now(),
    constraint ingest_duplicates_pkey primary key (id),
    constraint ingest_duplicates_count_something check (occurrences > 0)
);

create index if not exists ingest_duplicates_occurred_on_idx on raw.ingest_duplicates (occurred_on);
create index if not exists ingest_duplicates_created_at_idx on raw.ingest_duplicates (created_at);

comment on table raw.ingest_duplicates is
'Events received again after the first was stored, on the day of the first.';
