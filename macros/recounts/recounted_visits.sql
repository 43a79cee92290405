{#
    Rows of sessions, by property, up to the days that are compared, and all before them: of these visitors, or
    of whoever came on these days. How long visits of before were engaged it does not tell. A visit that
    began before the horizon begins there, unless it has a row of before. Events that wait for the next
    build may have cut the sessions around them anew: of those raw no longer knows what was counted, and the
    rows of the mart stand for themselves.
#}
{%- macro recounted_visits(mart, visitors=none) -%}
{%- set visitors = visitors or "select visitor_id from (" ~ recounted_visitors(mart) ~ ") as came" -%}
{%- set engaged_time = var('engagement') | selectattr('column', 'equalto', 'engaged_time_ms') | list -%}
{%- set in_order -%}
events."timestamp" asc,
                coalesce(events.path = known.landing_path, false) desc,
                events.traffic_source not in ('direct', 'internal') desc,
                events.is_entrance desc,
                events.dedupe_key collate "C" asc
{%- endset -%}
{%- set to_day = "'" ~ var("discrepancy_to", "9999-12-31") ~ "'::date" -%}
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

-- No session that ended a day before an event is changed by it: the gap is a day at most.
waiting as (
    select
        visitor_id,
        min("timestamp") - interval '1 day' as changed_from,
        max("timestamp") + interval '1 day' as changed_to
    from {{ source('raw', 'events') }}
    where created_at >= {{ counted_through(mart) }}
    group by visitor_id
),

history as (
    select
        session_id,
        property_id
    from {{ ref('sessions') }}
    where day < (select horizon.held_from from horizon)
),

known as materialized (
    select
        sessions.id as session_id,
        sessions.visitor_id,
        sessions.landing_path,
        sessions.referrer,
        sessions.utm_source,
        sessions.utm_medium,
        sessions.utm_campaign,
        sessions.is_coarse,
        (sessions.started_at at time zone 'UTC')::date - 1 as first_day
    from {{ source('raw', 'sessions') }} as sessions
    left join waiting
        on
            sessions.visitor_id = waiting.visitor_id
            and sessions.last_event_at >= waiting.changed_from
            and sessions.started_at <= waiting.changed_to
    where
        waiting.visitor_id is null
        and (sessions.started_at at time zone 'UTC')::date <= {{ to_day }} + 1
        and sessions.visitor_id in ({{ visitors }})
),

placed as materialized (
    select
        events.session_id,
        events.property_id::text as property_id,
        events.occurred_on as day,
        events.traffic_source::text as traffic_source,
        events.device_type::text as device_type,
        coalesce(events.country_code::text, 'unknown') as country_code,
        coalesce(events.page, events.path)::text as path,
        events."timestamp" as occurred_at,
        events.event_type,
        events.is_conversion,
        case
            when events.view_id is null or events.dedupe_key = reports.dedupe_key
                then {{ recounted_number('engaged_time_ms', 'events.props') }}
        end as engaged_ms,
        row_number() over (
            partition by events.session_id
            order by {{ in_order }}
        ) as place_of_session,
        row_number() over (
            partition by events.session_id, events.property_id
            order by {{ in_order }}
        ) as place,
        count(*) over (partition by events.session_id, events.property_id) as places
    from {{ source('raw', 'events') }} as events
    inner join known
        on
            events.visitor_id = known.visitor_id
            and events.session_id = known.session_id
    left join (
        {{ recounted_last_reports(mart, engaged_time) }}
    ) as reports
        on
            events.visitor_id = reports.visitor_id
            and events.view_id = reports.view_id
    where
        events.occurred_on >= (select min(known.first_day) from known)
        and events.occurred_on >= (select horizon.held_from from horizon)
        and events.created_at < {{ counted_through(mart) }}
),

counted as (
    select
        session_id,
        property_id,
        min(day) as day,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        count(*) as events,
        count(*) filter (where event_type = 'page_view') as page_views,
        count(*) filter (where is_conversion) as conversions,
        coalesce(sum(engaged_ms), 0) as engaged_ms,
        min(place_of_session) = 1
        and session_id not in (select history.session_id from history) as is_first,
        min(traffic_source) filter (where place = 1) as traffic_source,
        min(device_type) filter (where place = 1) as device_type,
        min(country_code) filter (where place = 1) as country_code,
        min(path) filter (where place = 1) as entry_path,
        min(path) filter (where place = places) as exit_path
    from placed
    group by
        session_id,
        property_id
)

select
    known.session_id,
    known.visitor_id,
    counted.property_id,
    counted.day,
    counted.started_at,
    counted.ended_at,
    extract(
        hour from {{ recounted_local('counted.started_at', 'counted.property_id', 'counted.day') }}
    ) as started_hour,
    round(1000 * extract(epoch from counted.ended_at - counted.started_at)) as duration_ms,
    counted.entry_path,
    counted.exit_path,
    counted.events,
    counted.page_views,
    counted.conversions,
    counted.engaged_ms,
    counted.page_views = 1
    and counted.engaged_ms < 10000
    and counted.conversions = 0 as is_bounce,
    counted.conversions > 0 as is_converted,
    counted.device_type = 'bot' as is_bot,
    {{ recounted_local('sights.first_seen_at', 'counted.property_id', 'counted.day') }}::date
    < counted.day as is_returning,
    known.is_coarse,
    counted.traffic_source,
    counted.device_type,
    counted.country_code,
    case when counted.is_first then known.referrer end as referrer,
    case when counted.is_first and counted.traffic_source <> 'internal' then came_from.parts[1] end
        as referrer_host,
    case
        when counted.is_first and counted.traffic_source <> 'internal' and came_from.parts[1] is not null
            then came_from.parts[2]
    end as referrer_page,
    case when counted.is_first then known.utm_source end as utm_source,
    case when counted.is_first then known.utm_medium end as utm_medium,
    case when counted.is_first then known.utm_campaign end as utm_campaign
from known
inner join counted
    on known.session_id = counted.session_id
inner join (
    {{ recounted_first_sights(mart) }}
) as sights
    on known.visitor_id = sights.visitor_id
cross join lateral (select {{ recounted_referrer('known.referrer') }} as parts) as came_from
where
    counted.day <= {{ to_day }}
    and (counted.session_id, counted.property_id) not in (
        select
            history.session_id,
            history.property_id
        from history
    )
union all
select
    mart.session_id,
    mart.visitor_id,
    mart.property_id,
    mart.day,
    mart.started_at,
    mart.ended_at,
    mart.started_hour,
    mart.duration_ms,
    mart.entry_path,
    mart.exit_path,
    mart.events,
    mart.page_views,
    mart.conversions,
    mart.engaged_ms,
    mart.is_bounce,
    mart.is_converted,
    mart.is_bot,
    mart.is_returning,
    mart.is_coarse,
    mart.traffic_source,
    mart.device_type,
    mart.country_code,
    mart.referrer,
    mart.referrer_host,
    mart.referrer_page,
    mart.utm_source,
    mart.utm_medium,
    mart.utm_campaign
from {{ ref('sessions') }} as mart
where
    mart.day <= {{ to_day }}
    -- Other properties may have seen the session long before.
    and mart.session_id in (
        select near.session_id
        from {{ ref('sessions') }} as near
        inner join waiting
            on
                near.visitor_id = waiting.visitor_id
                and near.ended_at >= waiting.changed_from
                and near.started_at <= waiting.changed_to
    )
{%- endmacro -%}
