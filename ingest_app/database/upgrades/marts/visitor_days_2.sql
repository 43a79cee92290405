-- Days of visitors know people from bots, and what they came with. Those of days that raw no longer
-- holds are made of visitor_segments, which knows all of it but the pages. The next build recounts
-- the others.
do $$
begin
    if to_regclass('analytics.visitor_segments') is null then
        return;
    end if;
    drop table if exists analytics.visitor_days_2;
    create table analytics.visitor_days_2 as
    select
        property_id,
        day,
        visitor_id,
        device_type = 'bot' as is_bot,
        bool_or(is_returning) as is_returning,
        sum(events)::integer as events,
        coalesce(sum(events) filter (where event_type = 'page_view'), 0)::integer as page_views,
        sum(entrances)::integer as entrances,
        sum(exits)::integer as exits,
        sum(conversions)::integer as conversions,
        coalesce(sum(events) filter (where event_type = 'form_start'), 0)::integer as form_starts,
        coalesce(sum(events) filter (where event_type = 'form_submit'), 0)::integer
            as form_submits,
        array_agg(distinct traffic_source collate "C") as traffic_sources,
        array_agg(distinct device_type collate "C") as device_types,
        array_agg(distinct country_code collate "C") as country_codes,
        array_agg(distinct event_type collate "C") as event_types,
        null::uuid[] as path_keys,
        max(generated_at) as generated_at
    from analytics.visitor_segments
    group by
        property_id,
        day,
        visitor_id,
        device_type = 'bot';

    create table if not exists analytics.daily_breakdowns (
        property_id text not null,
        day date not null,
        dimension text not null,
        value text not null,
        is_bot boolean not null,
        events bigint not null,
        page_views bigint not null,
        visitors bigint not null,
        entrances bigint not null,
        conversions bigint not null,
        generated_at timestamptz not null,
        constraint daily_breakdowns_pkey
        primary key (property_id, dimension, day, value, is_bot)
    );
    delete from analytics.daily_breakdowns;
    create index if not exists daily_breakdowns_day on analytics.daily_breakdowns (day);
    insert into analytics.daily_breakdowns
    select
        segments.property_id,
        segments.day,
        found.dimension,
        found.value,
        segments.device_type = 'bot' as is_bot,
        sum(segments.events) as events,
        coalesce(sum(segments.events) filter (where segments.event_type = 'page_view'), 0)
            as page_views,
        count(distinct segments.visitor_id) as visitors,
        sum(segments.entrances) as entrances,
        sum(segments.conversions) as conversions,
        max(segments.generated_at) as generated_at
    from analytics.visitor_segments as segments
    cross join
        lateral (
            values
            ('traffic_source', segments.traffic_source),
            ('device_type', segments.device_type),
            ('country', segments.country_code),
            ('event_type', segments.event_type)
        ) as found (dimension, value)
    group by
        segments.property_id,
        segments.day,
        found.dimension,
        found.value,
        segments.device_type = 'bot';

    -- They are views of it from the next build on.
    drop table if exists
    analytics.daily_traffic_sources,
    analytics.daily_devices,
    analytics.daily_countries,
    analytics.daily_event_types cascade;
    delete from analytics_state.rollup_watermarks
    where mart in (
        'daily_traffic_sources', 'daily_devices', 'daily_countries', 'daily_event_types'
    );
    delete from analytics_state.rollup_owed_days
    where mart in (
        'daily_traffic_sources', 'daily_devices', 'daily_countries', 'daily_event_types'
    );
    delete from analytics_state.rollup_shapes
    where name in (
        'daily_traffic_sources', 'daily_devices', 'daily_countries', 'daily_event_types'
    );

    -- The table stays: who was allowed to read it is, and what builds know of it holds.
    delete from analytics.visitor_days;
    alter table analytics.visitor_days
    drop constraint if exists visitor_days_pkey,
    add column if not exists is_bot boolean not null,
    add column if not exists form_starts integer not null,
    add column if not exists form_submits integer not null,
    add column if not exists traffic_sources text[] not null,
    add column if not exists device_types text[] not null,
    add column if not exists country_codes text[] not null,
    add column if not exists event_types text[] not null,
    add column if not exists path_keys uuid[],
    alter column events type integer,
    alter column page_views type integer,
    alter column entrances type integer,
    alter column exits type integer,
    alter column conversions type integer;
    insert into analytics.visitor_days (
        property_id, day, visitor_id, is_bot, is_returning, events, page_views, entrances, exits,
        conversions, form_starts, form_submits, traffic_sources, device_types, country_codes,
        event_types, path_keys, generated_at
    )
    select
        property_id, day, visitor_id, is_bot, is_returning, events, page_views, entrances, exits,
        conversions, form_starts, form_submits, traffic_sources, device_types, country_codes,
        event_types, path_keys, generated_at
    from analytics.visitor_days_2;
    drop table analytics.visitor_days_2;
    alter table analytics.visitor_days
    add constraint visitor_days_pkey primary key (property_id, day, visitor_id, is_bot);
end
$$;

insert into analytics_state.rollup_owed_days as owed (mart, day, is_recount, invocation_id)
select distinct
    'visitor_days' as mart,
    days.day,
    true as is_recount,
    'upgrade' as invocation_id
from analytics.visitor_days as days
where
    days.day >= (
        select coalesce(max(purges.purged_before), '-infinity')
        from raw.retention_purges as purges
    )
on conflict (mart, day) do update set is_recount = true;
