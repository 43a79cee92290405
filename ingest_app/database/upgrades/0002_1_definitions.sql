-- From the schema that is known by hashes to the first that has a number.
alter table raw.schema_version add column if not exists oldest_app integer not null default 1;

comment on column raw.schema_version.version is
'A number. A hash is the name of a version in apps of before the numbers, which look for theirs.';
comment on column raw.schema_version.oldest_app is
'The lowest version whose app can work with this one.';

alter table raw.sessions add column if not exists is_coarse boolean not null default false;
create index if not exists sessions_coarse_idx on raw.sessions (updated_at) where is_coarse;

comment on column raw.sessions.is_coarse is
'An event joined or opened it that would have moved too many others, by a campaign for instance.';
comment on column raw.sessions.updated_at is
'No earlier than any event that shaped the session was received.';

create or replace function raw.ensure_event_partition(day date) returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    month_start constant date := date_trunc('month', day::timestamp)::date;
    month_end constant date := (month_start + interval '1 month')::date;
    partition_name constant text := 'events_' || to_char(month_start, 'YYYY_MM');
begin
    if to_regclass('raw.' || quote_ident(partition_name)) is not null then
        return false;
    end if;
    -- Attaching locks what the foreign keys refer to. Writers take visitors first and sessions next:
    -- the same order here, or the two deadlock.
    lock table raw.visitors, raw.sessions in share row exclusive mode;
    -- Two sessions may want the same month at once: the second waits for the locks, then finds it
    -- there. It has to ask the catalogue, because to_regclass() remembers what was not there before.
    if exists (
        select from pg_catalog.pg_class
        where relname = partition_name and relnamespace = 'raw'::regnamespace
    ) then
        return false;
    end if;
    -- Attached rather than created in place: that takes no lock which would stop readers.
    -- Statistics at each hundredth of new rows: at each tenth, which is the default, a build plans for
    -- the last three days of a month without having heard of them.
    execute format(
        'create table raw.%I (like raw.events including defaults including constraints)'
        ' with (autovacuum_analyze_scale_factor = 0.01)',
        partition_name
    );
    execute format(
        'alter table raw.events attach partition raw.%I for values from (%L) to (%L)',
        partition_name, month_start, month_end
    );
    return true;
end
$$;

-- Partitions may be older than the setting that new ones get.
do $$
declare
    partition regclass;
begin
    for partition in
        select pg_inherits.inhrelid
        from pg_catalog.pg_inherits
        inner join pg_catalog.pg_class on pg_inherits.inhrelid = pg_class.oid
        where
            pg_inherits.inhparent = 'raw.events'::regclass
            and pg_class.reloptions is null
    loop
        execute format('alter table %s set (autovacuum_analyze_scale_factor = 0.01)', partition);
    end loop;
end
$$;

-- The properties that a submission counts for: each on which its visitor had an event by then. They
-- are kept because those events are purged while the submission still counts.
create table if not exists raw.submission_properties (
    visitor_id uuid not null,
    submission_id uuid not null,
    property_id varchar(128) not null,
    created_at timestamptz not null default now(),
    constraint submission_properties_pkey primary key (visitor_id, submission_id, property_id),
    constraint submission_properties_submission_id_fkey
    foreign key (visitor_id, submission_id) references raw.form_submissions (visitor_id, id)
    on delete cascade
);

comment on column raw.submission_properties.created_at is
'When the first event of the property was received by which the submission counts for it.';

-- Whoever stores a submission gets its properties with it; late events add theirs by the writer.
create or replace function raw.keep_submission_properties() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    -- The writer of an event holds this lock too. Whichever of the two comes second sees the other.
    perform from raw.visitors where id = new.visitor_id for no key update;
    insert into raw.submission_properties (visitor_id, submission_id, property_id, created_at)
    select new.visitor_id, new.id, events.property_id, min(events.created_at)
    from raw.events
    where events.visitor_id = new.visitor_id and events."timestamp" <= new.captured_at
    group by events.property_id;
    return null;
end
$$;

create or replace trigger keep_properties
after insert on raw.form_submissions
for each row execute function raw.keep_submission_properties();

-- Some databases of the first version have the table without these. Asked for first, because the
-- change itself would wait for running builds, and everybody else behind it.
do $$
begin
    if (
        select count(*) from pg_catalog.pg_attribute
        where attrelid = 'raw.retention_purges'::regclass
            and not attisdropped
            and attname in (
                'partitions_dropped', 'rejections_deleted', 'duplicates_deleted', 'finished_at'
            )
    ) < 4 then
        alter table raw.retention_purges
        add column if not exists partitions_dropped integer not null default 0,
        add column if not exists rejections_deleted bigint not null default 0,
        add column if not exists duplicates_deleted bigint not null default 0,
        add column if not exists finished_at timestamptz;
    end if;
end
$$;

create index if not exists retention_purges_purged_before_idx
on raw.retention_purges (purged_before);
create table if not exists raw.retention_lock ();

alter table raw.erasures add column if not exists visitor_id uuid;

comment on column raw.erasures.visitor_id is
'Who is still to be taken out of the marts; null once that is done, and then nobody is named here.';
