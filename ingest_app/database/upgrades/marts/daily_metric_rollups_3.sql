-- People stand beside everybody, as visitor_segments has them, also of days that raw no longer
-- holds. Of those nobody knows the landing paths of people. The next build recounts the others.
alter table analytics.daily_metric_rollups
add column if not exists people_unique_visitors bigint,
add column if not exists people_returning_visitors bigint,
add column if not exists people_total_page_views bigint,
add column if not exists people_total_entrances bigint,
add column if not exists people_total_exits bigint,
add column if not exists people_total_conversions bigint,
add column if not exists people_form_starts bigint,
add column if not exists people_form_submits bigint,
add column if not exists people_traffic_source_breakdown jsonb,
add column if not exists people_top_landing_paths jsonb;

do $$
begin
    if to_regclass('analytics.visitor_segments') is null then
        return;
    end if;
    with people as (
        select *
        from analytics.visitor_segments
        where device_type <> 'bot'
    ),

    totals as (
        select
            property_id,
            day,
            count(distinct visitor_id) as unique_visitors,
            count(distinct visitor_id) filter (where is_returning) as returning_visitors,
            sum(events) filter (where event_type = 'page_view') as page_views,
            sum(entrances) as entrances,
            sum(exits) as exits,
            sum(conversions) as conversions,
            sum(events) filter (where event_type = 'form_start') as form_starts,
            sum(events) filter (where event_type = 'form_submit') as form_submits
        from people
        group by property_id, day
    ),

    breakdowns as (
        select property_id, day, jsonb_object_agg(traffic_source, events) as by_source
        from (
            select property_id, day, traffic_source, sum(events) as events
            from people
            group by property_id, day, traffic_source
        ) as sources
        group by property_id, day
    )

    update analytics.daily_metric_rollups as rollups
    set
        people_unique_visitors = coalesce(totals.unique_visitors, 0),
        people_returning_visitors = coalesce(totals.returning_visitors, 0),
        people_total_page_views = coalesce(totals.page_views, 0),
        people_total_entrances = coalesce(totals.entrances, 0),
        people_total_exits = coalesce(totals.exits, 0),
        people_total_conversions = coalesce(totals.conversions, 0),
        people_form_starts = coalesce(totals.form_starts, 0),
        people_form_submits = coalesce(totals.form_submits, 0),
        people_traffic_source_breakdown = coalesce(breakdowns.by_source, '{}')
    from analytics.daily_metric_rollups as known
    left join totals using (property_id, day)
    left join breakdowns using (property_id, day)
    where rollups.property_id = known.property_id and rollups.day = known.day;
    alter table analytics.daily_metric_rollups
    alter column people_unique_visitors set not null,
    alter column people_returning_visitors set not null,
    alter column people_total_page_views set not null,
    alter column people_total_entrances set not null,
    alter column people_total_exits set not null,
    alter column people_total_conversions set not null,
    alter column people_form_starts set not null,
    alter column people_form_submits set not null,
    alter column people_traffic_source_breakdown set not null;
end
$$;

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
