-- A visit says all by which it may be filtered. The next build recounts the days that raw holds; of
-- days before, the row itself says most, and visitor_days who was returning.
alter table analytics.sessions
add column if not exists started_hour integer,
add column if not exists is_bot boolean,
add column if not exists is_returning boolean,
add column if not exists is_coarse boolean,
add column if not exists referrer_host text,
add column if not exists referrer_page text;

-- A mart of before may be missing: who builds some marts alone has no visitor_days.
do $$
begin
    create temporary table returning_visitors (visitor_id uuid, day date) on commit drop;
    if to_regclass('analytics.visitor_days') is not null then
        execute
            'insert into returning_visitors select distinct visitor_id, day '
            'from analytics.visitor_days where is_returning';
    end if;
end $$;

update analytics.sessions
set
    started_hour = extract(hour from started_at at time zone 'UTC'),
    is_bot = device_type = 'bot',
    is_returning = (sessions.visitor_id, sessions.day) in (
        select
            known.visitor_id,
            known.day
        from returning_visitors as known
    ),
    is_coarse = session_id in (
        select known.id from raw.sessions as known
        where known.is_coarse
    ),
    referrer_host = case
        when traffic_source != 'internal'
            then
                lower(
                    substring(
                        referrer
                        from '^(?:(?:[Hh][Tt][Tt][Pp][Ss]?|android-app):)?//+(?:[^/?#]*@)?'
                        || '(?:[Ww]{3}[.](?=[A-Za-z0-9_-]+[.][A-Za-z0-9_-]))*'
                        || '([A-Za-z0-9_-]{1,63}(?:[.][A-Za-z0-9_-]{1,63})*)[.]?'
                        || '(?::[0-9]{0,5})?(?:[/?#]|$)'
                    )
                )
    end
where is_bot is null;

update analytics.sessions
set referrer_page = coalesce(substring(referrer from '^[^/]*//+[^/?#]*(/[^?#]*)'), '/')
where
    referrer_host is not null
    and referrer_page is null;

alter table analytics.sessions
alter column started_hour set not null,
alter column is_bot set not null,
alter column is_returning set not null,
alter column is_coarse set not null;

-- sessions says it.
drop view if exists analytics.coarse_sessions;

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
