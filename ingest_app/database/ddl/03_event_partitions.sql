-- Partitions of raw.events are calendar months, made ahead of need and on demand for a backfill.
-- By the owner of the table, whoever asks: the app may write events and not change tables.
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

comment on function raw.ensure_event_partition(date) is
'Makes the partition that holds this day, if there is none; true when it made one.';
