-- Landing paths count conversions among entrance events alone. The next build recounts the days
-- that raw holds; those before keep what was counted.
insert into analytics_state.rollup_owed_days as owed (mart, day, is_recount, invocation_id)
select distinct
    'daily_metric_rollups' as mart,
    rollups.day,
    true as is_recount,
    'upgrade' as invocation_id
from analytics.daily_metric_rollups as rollups
where
    rollups.day >= (
        select coalesce(max(purges.purged_before), '-infinity')
        from raw.retention_purges as purges
    )
on conflict (mart, day) do update set is_recount = true;
