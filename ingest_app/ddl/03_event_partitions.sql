-- Partitions of raw.events are calendar months, made ahead of need and on demand for a backfill.
create or replace function raw.ensure_event_partition(day date) returns boolean
language plpgsql
as $$
declare
    month_start constant date := date_trunc('month', day)::date;
    month_end constant date := (date_trunc('month', day) + interval '1 month')::date;
    partition_name constant text := 'events_' || to_char(month_start, 'YYYY_MM');
begin
    if to_regclass('raw.' || quote_ident(partition_name)) is not null then
        return false;
    end if;
    -- Two sessions may want the same month at once: the second waits here, then finds it there.
    perform pg_advisory_xact_lock(hashtext('raw.ensure_event_partition'));
    if to_regclass('raw.' || quote_ident(partition_name)) is not null then
        return false;
    end if;
    -- Attached rather than created in place: that takes no lock which would stop readers.
    execute format(
        'create table raw.%I (like raw.events including defaults including constraints)',
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
'Makes the partition that holds this UTC day, if there is none; true when it made one.';
