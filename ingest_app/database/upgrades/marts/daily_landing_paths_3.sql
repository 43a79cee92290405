-- Landing paths are those on which visits began, with what came of these visits; before, they were
-- paths with an entrance, and conversions that happened there. All days are made of the visits that
-- sessions keeps. The next build recounts the days that raw holds, and those on which visits begin.
alter table analytics.daily_landing_paths
drop constraint if exists daily_landing_paths_pkey,
drop column if exists entrances,
add column if not exists is_bot boolean,
add column if not exists sessions bigint,
add column if not exists page_views bigint,
add column if not exists converted_sessions bigint,
add column if not exists bounces bigint,
add column if not exists bounce_rate double precision,
add column if not exists engaged_ms double precision;

delete from analytics.daily_landing_paths
where is_bot is null;

do $$
begin
    if to_regclass('analytics.sessions') is null then
        return;
    end if;
    execute $insert$
        insert into analytics.daily_landing_paths (
            property_id,
            day,
            is_bot,
            path_key,
            path,
            sessions,
            visitors,
            page_views,
            conversions,
            converted_sessions,
            conversion_rate,
            bounces,
            bounce_rate,
            engaged_ms,
            generated_at
        )
        select
            property_id,
            day,
            device_type = 'bot' as is_bot,
            encode(
                substr(sha256(convert_to(json_build_array(entry_path)::text, 'UTF8')), 1, 16),
                'hex'
            )::uuid as path_key,
            entry_path as path,
            count(*) as sessions,
            count(distinct visitor_id) as visitors,
            sum(page_views) as page_views,
            sum(conversions) as conversions,
            count(*) filter (where is_converted) as converted_sessions,
            count(*) filter (where is_converted)::double precision / count(*) as conversion_rate,
            count(*) filter (where is_bounce) as bounces,
            count(*) filter (where is_bounce)::double precision / count(*) as bounce_rate,
            sum(engaged_ms) as engaged_ms,
            max(generated_at) as generated_at
        from analytics.sessions
        where entry_path is not null
        group by
            property_id,
            day,
            device_type = 'bot',
            entry_path
    $insert$;
end $$;

alter table analytics.daily_landing_paths
alter column is_bot set not null,
alter column sessions set not null,
alter column page_views set not null,
alter column converted_sessions set not null,
alter column bounces set not null,
alter column bounce_rate set not null,
alter column engaged_ms set not null,
add constraint daily_landing_paths_pkey primary key (property_id, day, is_bot, path_key);

insert into analytics_state.rollup_owed_days as owed (mart, day, is_recount, invocation_id)
select distinct
    'daily_landing_paths' as mart,
    daily_landing_paths.day,
    true as is_recount,
    'upgrade' as invocation_id
from analytics.daily_landing_paths
where
    daily_landing_paths.day >= (
        select coalesce(max(purges.purged_before), '-infinity')
        from raw.retention_purges as purges
    )
on conflict (mart, day) do update set is_recount = true;
