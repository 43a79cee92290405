-- What people did stands apart. Of days that raw no longer holds nobody knows it: there it is null.
alter table analytics.daily_pages
add column if not exists people_views bigint,
add column if not exists people bigint,
add column if not exists bots bigint,
add column if not exists entering_people bigint,
add column if not exists people_entrances bigint,
add column if not exists people_exits bigint,
add column if not exists people_conversions bigint,
add column if not exists people_engaged_samples bigint,
add column if not exists people_median_engaged_ms double precision,
add column if not exists people_scroll_samples bigint,
add column if not exists people_scroll_percent_sum double precision;

insert into analytics_state.rollup_owed_days as owed (mart, day, is_recount, invocation_id)
select distinct
    'daily_pages' as mart,
    pages.day,
    true as is_recount,
    'upgrade' as invocation_id
from analytics.daily_pages as pages
where
    pages.day >= (
        select coalesce(max(purges.purged_before), '-infinity')
        from raw.retention_purges as purges
    )
on conflict (mart, day) do update set is_recount = true;
