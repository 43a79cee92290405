-- What retention has taken. Builds leave the days before the latest purge as they are.
create table if not exists raw.retention_purges (
    id uuid not null,
    purged_before date not null,
    partitions_dropped integer not null default 0,
    events_deleted bigint not null default 0,
    sessions_deleted bigint not null default 0,
    visitors_deleted bigint not null default 0,
    rejections_deleted bigint not null default 0,
    duplicates_deleted bigint not null default 0,
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    constraint retention_purges_pkey primary key (id)
);

-- Each batch of events asks for the latest.
create index if not exists retention_purges_purged_before_idx
on raw.retention_purges (purged_before);

comment on column raw.retention_purges.purged_before is
'Raw events of earlier days are gone. Written before the first of them is deleted.';
comment on column raw.retention_purges.finished_at is
'Null while the purge runs, and for good where it was interrupted.';

-- A purge holds a lock on it while it runs, so that there is one at a time. It has no rows.
create table if not exists raw.retention_lock ();

-- What people asked to have forgotten, and what a purge took uncounted. The next build rebuilds the
-- days.
create table if not exists raw.erasures (
    id uuid not null,
    touched_days date[] not null,
    events_deleted bigint not null default 0,
    sessions_deleted bigint not null default 0,
    created_at timestamptz not null default now(),
    visitor_id uuid,
    constraint erasures_pkey primary key (id)
);

comment on column raw.erasures.touched_days is
'Days on which the visitor had events, submissions or sessions in raw.';
comment on column raw.erasures.visitor_id is
'Who is still to be taken out of the marts; null once that is done, and then nobody is named here.';
