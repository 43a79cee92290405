-- Of the events of one moment, the first and last are no longer found by their keys. The next build
-- recounts the days that raw holds; those before keep what was counted.
insert into analytics_state.rollup_owed_days as owed (mart, day, is_recount, invocation_id)
select distinct
    'sessions' as mart,
    sessions.day,
    true as is_recount,
    'upgrade' as invocation_id
from analytics.sessions
where
    sessions.day >= (
        select coalesce(max(purges.purged_before), '-infinity')
        from raw.retention_purges as purges
    )
on conflict (mart, day) do update set is_recount = true;
