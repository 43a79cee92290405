-- A visit is what one property saw of a session. And of the events of one moment, the first and
-- last are no longer found by their keys. The next build recounts the days that raw holds, also
-- those on which a session only went on: another property may have seen it begin there. Days before
-- keep what was counted, a row a session.
alter table analytics.sessions
drop constraint if exists sessions_pkey,
add constraint sessions_pkey primary key (session_id, property_id);

insert into analytics_state.rollup_owed_days as owed (mart, day, is_recount, invocation_id)
select distinct
    'sessions' as mart,
    seen.midnight::date as day,
    true as is_recount,
    'upgrade' as invocation_id
from analytics.sessions
cross join
    lateral generate_series(
        sessions.day::timestamp, (sessions.ended_at at time zone 'UTC')::date, interval '1 day'
    ) as seen (midnight)
where
    seen.midnight >= (
        select coalesce(max(purges.purged_before), '-infinity')
        from raw.retention_purges as purges
    )
on conflict (mart, day) do update set is_recount = true;
