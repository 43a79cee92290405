-- Smaller ones of the same names take their places, each in a transaction of its own.
do $$
declare
    everything text;
begin
    foreach everything in array array[
        'raw.events_event_type_timestamp_idx', 'raw.events_traffic_source_timestamp_idx'
    ]
    loop
        if exists (
            select from pg_catalog.pg_index
            where indexrelid = to_regclass(everything) and indpred is null
        ) then
            execute format('drop index %s', everything);
        end if;
    end loop;
end
$$;
