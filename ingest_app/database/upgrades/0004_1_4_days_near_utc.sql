-- An event may be on a day beside its UTC day. The next script reads the rows, keeping nobody out.
do $$
begin
    if not exists (
        select from pg_constraint
        where conrelid = 'raw.events'::regclass
            and conname = 'events_occurred_on_is_near_utc_day'
    ) then
        alter table raw.events
        add constraint events_occurred_on_is_near_utc_day
        check (occurred_on - ("timestamp" at time zone 'UTC')::date between -1 and 1) not valid;
    end if;
end
$$;

alter table raw.events drop constraint if exists events_occurred_on_is_utc_day;
