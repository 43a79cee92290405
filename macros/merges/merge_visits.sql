{#
    Two visits of one session, of which a closed day has one at least, become one: it has what both
    had, and begins and ends as the one that began first and that which ended last. Of two that
    began at one instant that is first to which the session's referrer or campaign belongs, then one
    from elsewhere. Leads forget the visit that is none any more, and hours count visits anew.
#}
{%- macro merge_visits(sessions, leads, hours) -%}
{%- set sums = ['events', 'page_views', 'conversions', 'engaged_ms'] -%}
{%- set of_first = [
    'day', 'started_at', 'started_hour', 'entry_path', 'is_bot', 'is_returning', 'traffic_source',
    'device_type', 'country_code', 'referrer', 'referrer_host', 'referrer_page', 'utm_source', 'utm_medium',
    'utm_campaign'
] -%}
create temporary table footfall_visits on commit drop as
select
    {% for column in of_first -%}
    case when places.is_gone_first then gone.{{ column }} else kept.{{ column }} end as {{ column }},
    {% endfor -%}
    {% for column in sums -%}
    kept.{{ column }} + gone.{{ column }} as {{ column }},
    {% endfor -%}
    kept.session_id,
    kept.visitor_id,
    greatest(kept.ended_at, gone.ended_at) as ended_at,
    least(kept.ended_at, gone.ended_at) as other_ended_at,
    case when gone.ended_at > kept.ended_at then gone.exit_path else kept.exit_path end as exit_path,
    kept.is_coarse or gone.is_coarse as is_coarse,
    greatest(kept.generated_at, gone.generated_at) as generated_at
from footfall_merge as moved
inner join {{ sessions }} as gone
    on moved.alias = gone.property_id
inner join {{ sessions }} as kept
    on
        moved.property_id = kept.property_id
        and gone.session_id = kept.session_id
cross join
    lateral (
        select
            (
                gone.started_at,
                coalesce(gone.referrer, gone.utm_source, gone.utm_medium, gone.utm_campaign) is null,
                gone.traffic_source in ('direct', 'internal')
            ) < (
                kept.started_at,
                coalesce(kept.referrer, kept.utm_source, kept.utm_medium, kept.utm_campaign) is null,
                kept.traffic_source in ('direct', 'internal')
            ) as is_gone_first
    ) as places
where
    gone.day in (select days.day from footfall_days as days)
    or (gone.day >= moved.held_from and kept.day < moved.held_from);

-- A visit of a closed day may have gone on, on the other property, on a day that raw holds.
create temporary table footfall_days_of_visits on commit drop as
select day from footfall_days
union
select day from footfall_visits;

delete from {{ sessions }} as gone
using footfall_visits as visits, footfall_merge as moved
where
    gone.session_id = visits.session_id
    and gone.property_id = moved.alias;

update {{ sessions }} as kept
set
    {% for column in of_first + sums + ['ended_at', 'exit_path', 'is_coarse', 'generated_at'] -%}
    {{ column }} = visits.{{ column }},
    {% endfor -%}
    duration_ms = round(1000 * extract(epoch from visits.ended_at - visits.started_at))::bigint,
    is_bounce = visits.page_views = 1 and visits.engaged_ms < 10000 and visits.conversions = 0,
    is_converted = visits.conversions > 0
from footfall_visits as visits
cross join footfall_merge as moved
where
    kept.session_id = visits.session_id
    and kept.property_id = moved.property_id;

update {{ sessions }} as renamed
set property_id = moved.property_id
from footfall_merge as moved
where
    renamed.property_id = moved.alias
    and renamed.day in (select days.day from footfall_days as days);

update {{ leads }} as known
set visits_before = known.visits_before - fewer.visits
from (
    select
        leads.lead_id,
        count(*) as visits
    from {{ leads }} as leads
    inner join {{ source('raw', 'form_submissions') }} as named
        on leads.lead_id = named.lead_id
    inner join footfall_visits as visits
        on
            named.visitor_id = visits.visitor_id
            and visits.other_ended_at < leads.first_captured_at
    group by leads.lead_id
) as fewer
where known.lead_id = fewer.lead_id;

-- Of two visits that began at one instant, the lead may have had the other for its first.
update {{ leads }} as known
set
    first_traffic_source = firsts.traffic_source,
    first_utm_source = firsts.utm_source,
    first_utm_medium = firsts.utm_medium,
    first_utm_campaign = firsts.utm_campaign,
    first_landing_path = firsts.entry_path,
    first_device_type = firsts.device_type
from (
    select distinct on (leads.lead_id)
        leads.lead_id,
        began.*
    from {{ leads }} as leads
    inner join {{ source('raw', 'form_submissions') }} as named
        on leads.lead_id = named.lead_id
    inner join {{ sessions }} as began
        on
            named.visitor_id = began.visitor_id
            and began.started_at <= leads.first_captured_at
    where
        leads.lead_id in (
            select of_visits.lead_id
            from {{ source('raw', 'form_submissions') }} as of_visits
            inner join footfall_visits as visits
                on of_visits.visitor_id = visits.visitor_id
        )
    order by
        leads.lead_id asc,
        began.started_at asc,
        began.session_id asc,
        began.property_id collate "C" asc
) as firsts
cross join footfall_merge as moved
where
    known.lead_id = firsts.lead_id
    and firsts.property_id = moved.property_id
    and firsts.session_id in (select visits.session_id from footfall_visits as visits);

update {{ leads }} as known
set
    property_id = case
        when known.property_id = moved.alias then moved.property_id else known.property_id
    end,
    property_ids = array(
        select distinct names.name collate "C" as name
        from unnest(array_replace(known.property_ids, moved.alias, moved.property_id)) as names (name)
        order by name
    )
from footfall_merge as moved
where
    moved.alias = known.property_id
    or moved.alias = any(known.property_ids);

-- And of those that the capture cut short, that which began last: the merged one began earlier.
update {{ leads }} as known
set property_id = lasts.property_id
from (
    select distinct on (leads.lead_id)
        leads.lead_id,
        went.property_id
    from {{ leads }} as leads
    inner join {{ source('raw', 'form_submissions') }} as captured
        on
            leads.lead_id = captured.lead_id
            and captured.is_first_capture
    inner join {{ sessions }} as went
        on
            captured.visitor_id = went.visitor_id
            and went.started_at <= leads.first_captured_at
    where captured.visitor_id in (select visits.visitor_id from footfall_visits as visits)
    order by
        leads.lead_id asc,
        least(went.ended_at, leads.first_captured_at) desc,
        went.started_at desc,
        went.session_id desc,
        went.property_id collate "C" desc
) as lasts
where known.lead_id = lasts.lead_id;

update {{ hours }} as hours
set
    sessions = anew.sessions,
    bounces = anew.bounces,
    engaged_ms = anew.engaged_ms,
    visitors_once = anew.visitors_once
from (
    select
        known.property_id,
        known.day,
        known.hour,
        known.is_bot,
        coalesce(counted.sessions, 0) as sessions,
        coalesce(counted.bounces, 0) as bounces,
        coalesce(counted.engaged_ms, 0) as engaged_ms,
        case
            when known.property_id = '' or not known.is_bot or not coalesce(shared.has_mixed, false)
                then known.visitors_once
        end as visitors_once
    from {{ hours }} as known
    inner join footfall_merge as moved
        on known.property_id in ('', moved.property_id)
    inner join footfall_days_of_visits as days
        on known.day = days.day
    left join footfall_hours as shared
        on
            known.day = shared.day
            and known.hour = shared.hour
            and known.is_bot = shared.is_bot
    left join (
        select
            coalesce(property_id, '') as property_id,
            day,
            started_hour as hour,
            is_bot,
            count(*) as sessions,
            count(*) filter (where is_bounce) as bounces,
            sum(engaged_ms) as engaged_ms
        from {{ sessions }}
        where day in (select days.day from footfall_days_of_visits as days)
        group by grouping sets (
            (property_id, day, started_hour, is_bot),
            (day, started_hour, is_bot)
        )
    ) as counted
        on
            known.property_id = counted.property_id
            and known.day = counted.day
            and known.hour = counted.hour
            and known.is_bot = counted.is_bot
) as anew
where
    hours.property_id = anew.property_id
    and hours.day = anew.day
    and hours.hour = anew.hour
    and hours.is_bot = anew.is_bot;
{%- endmacro -%}
