-- Visits of bots stand apart from the others, and bounces and engaged time beside them. The row of
-- before is divided by what sessions says; whom an erasure took from there counts with the others.
-- The next build recounts the days that raw holds.
alter table analytics.daily_campaigns
add column if not exists is_bot boolean,
add column if not exists bounces bigint,
add column if not exists bounce_rate double precision,
add column if not exists engaged_ms double precision;

alter table analytics.daily_campaigns
drop constraint if exists daily_campaigns_pkey;

create temporary table visits_of_campaigns on commit drop as
select
    sessions.property_id,
    sessions.day,
    coalesce(sessions.utm_source, '(not set)') as utm_source,
    coalesce(sessions.utm_medium, '(not set)') as utm_medium,
    coalesce(sessions.utm_campaign, '(not set)') as utm_campaign,
    sessions.visitor_id,
    sessions.device_type = 'bot' as is_bot,
    sessions.page_views,
    sessions.conversions,
    sessions.is_converted,
    sessions.is_bounce,
    sessions.engaged_ms
from analytics.sessions
where coalesce(sessions.utm_source, sessions.utm_medium, sessions.utm_campaign) is not null;

create temporary table divided on commit drop as
with

kinds as (
    select
        property_id,
        day,
        utm_source,
        utm_medium,
        utm_campaign,
        count(*) filter (where is_bot) as sessions,
        count(distinct visitor_id) filter (where is_bot) as visitors,
        count(distinct visitor_id) as all_visitors,
        count(distinct visitor_id) filter (where not is_bot) as people,
        coalesce(sum(page_views) filter (where is_bot), 0) as page_views,
        coalesce(sum(conversions) filter (where is_bot), 0) as conversions,
        count(*) filter (where is_bot and is_converted) as converted_sessions,
        count(*) filter (where is_bot and is_bounce) as bounces,
        count(*) filter (where not is_bot and is_bounce) as bounces_of_people,
        coalesce(sum(engaged_ms) filter (where is_bot), 0) as engaged_ms,
        coalesce(sum(engaged_ms) filter (where not is_bot), 0) as engaged_ms_of_people
    from visits_of_campaigns
    group by
        property_id,
        day,
        utm_source,
        utm_medium,
        utm_campaign
)

select
    whole.property_id,
    whole.day,
    whole.campaign_key,
    whole.utm_source,
    whole.utm_medium,
    whole.utm_campaign,
    parts.is_bot,
    parts.sessions,
    parts.visitors,
    parts.page_views,
    parts.conversions,
    parts.converted_sessions,
    parts.bounces,
    parts.engaged_ms,
    whole.generated_at
from analytics.daily_campaigns as whole
left join kinds using (property_id, day, utm_source, utm_medium, utm_campaign)
cross join
    lateral (
        values
        (
            true,
            coalesce(kinds.sessions, 0),
            coalesce(kinds.visitors, 0),
            coalesce(kinds.page_views, 0),
            coalesce(kinds.conversions, 0),
            coalesce(kinds.converted_sessions, 0),
            coalesce(kinds.bounces, 0),
            coalesce(kinds.engaged_ms, 0)
        ),
        (
            false,
            whole.sessions - coalesce(kinds.sessions, 0),
            whole.visitors - coalesce(kinds.all_visitors - kinds.people, 0),
            whole.page_views - coalesce(kinds.page_views, 0),
            whole.conversions - coalesce(kinds.conversions, 0),
            whole.converted_sessions - coalesce(kinds.converted_sessions, 0),
            coalesce(kinds.bounces_of_people, 0),
            coalesce(kinds.engaged_ms_of_people, 0)
        )
    ) as parts (
        is_bot,
        sessions,
        visitors,
        page_views,
        conversions,
        converted_sessions,
        bounces,
        engaged_ms
    )
where
    whole.is_bot is null
    and parts.sessions > 0;

delete from analytics.daily_campaigns
where is_bot is null;

insert into analytics.daily_campaigns (
    property_id,
    day,
    is_bot,
    campaign_key,
    utm_source,
    utm_medium,
    utm_campaign,
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
    is_bot,
    campaign_key,
    utm_source,
    utm_medium,
    utm_campaign,
    sessions,
    visitors,
    page_views,
    conversions,
    converted_sessions,
    converted_sessions::double precision / sessions as conversion_rate,
    bounces,
    bounces::double precision / sessions as bounce_rate,
    engaged_ms,
    generated_at
from divided;

alter table analytics.daily_campaigns
alter column is_bot set not null,
alter column bounces set not null,
alter column bounce_rate set not null,
alter column engaged_ms set not null,
add constraint daily_campaigns_pkey primary key (property_id, day, is_bot, campaign_key);

insert into analytics_state.rollup_owed_days as owed (mart, day, is_recount, invocation_id)
select distinct
    'daily_campaigns' as mart,
    daily_campaigns.day,
    true as is_recount,
    'upgrade' as invocation_id
from analytics.daily_campaigns
where
    daily_campaigns.day >= (
        select coalesce(max(purges.purged_before), '-infinity')
        from raw.retention_purges as purges
    )
on conflict (mart, day) do update set is_recount = true;
