-- People stand beside everybody. What the marts of before know of them is exact, also of days that
-- raw no longer holds: visitor_segments has every event by device, the histogram every value.
alter table analytics.daily_ingest_rollups
add column if not exists people_events_accepted bigint,
add column if not exists people_p95_ttfb_ms integer,
add column if not exists people_ttfb_samples bigint;

do $$
begin
    if to_regclass('analytics.visitor_segments') is null then
        return;
    end if;
    update analytics.daily_ingest_rollups as rollups
    set people_events_accepted = coalesce(
        (
            select sum(segments.events)
            from analytics.visitor_segments as segments
            where
                segments.property_id = rollups.property_id
                and segments.day = rollups.day
                and segments.device_type <> 'bot'
        ),
        0
    );
    alter table analytics.daily_ingest_rollups alter column people_events_accepted set not null;
end
$$;

do $$
begin
    if not exists (
        select from pg_attribute
        where
            attrelid = to_regclass('analytics.web_vital_distributions')
            and attname = 'value'
            and not attisdropped
    ) then
        return;
    end if;
    with counted as (
        select
            property_id,
            day,
            value,
            sum(sum(samples)) over (partition by property_id, day order by value) as up_to,
            sum(sum(samples)) over (partition by property_id, day) as total
        from analytics.web_vital_distributions
        where vital = 'ttfb' and device_type <> 'bot'
        group by property_id, day, value
    ),

    ranked as (
        select counted.*, 0.95::double precision * (total - 1)::double precision as rank
        from counted
    ),

    measured as (
        select
            property_id,
            day,
            max(total) as samples,
            min(value) filter (where up_to > floor(rank)) as below,
            min(value) filter (where up_to > ceil(rank)) as above,
            max(rank - floor(rank)) as way
        from ranked
        group by property_id, day
    )

    update analytics.daily_ingest_rollups as rollups
    set
        people_p95_ttfb_ms = round(
            measured.below + measured.way * (measured.above - measured.below)
        )::integer,
        people_ttfb_samples = measured.samples
    from measured
    where rollups.property_id = measured.property_id and rollups.day = measured.day;
    update analytics.daily_ingest_rollups
    set people_ttfb_samples = 0
    where people_ttfb_samples is null;
    alter table analytics.daily_ingest_rollups alter column people_ttfb_samples set not null;
end
$$;

insert into analytics_state.rollup_owed_days as owed (mart, day, is_recount, invocation_id)
select distinct
    'daily_ingest_rollups' as mart,
    rollups.day,
    true as is_recount,
    'upgrade' as invocation_id
from analytics.daily_ingest_rollups as rollups
where
    rollups.day >= (
        select coalesce(max(purges.purged_before), '-infinity')
        from raw.retention_purges as purges
    )
on conflict (mart, day) do update set is_recount = true;
