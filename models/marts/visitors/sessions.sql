{# Besides the touched days, those of sessions that changed: days_of_changed_sessions(). #}
{{ config(meta={'also_touches': 'days_of_changed_sessions', 'shape': 2}) }}

with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

-- A session that began before the horizon begins here with its first event that raw holds. If it
-- has a row already, that row stays as it is. So each session has one row, whatever is purged.
{% if is_incremental() %}
-- A session has an event on the day that it began, so the events of a day name its sessions.
-- Lateral and kept apart, here and below, so that each is looked up by an index: what a day costs
-- does not grow with the history before it.
begun as (
    select
        sessions.*,
        sessions.day < horizon.held_from as is_cut
    from (
        select distinct
            visitor_id,
            session_id
        from {{ ref('stg_web__events') }}
        where
            day in ({{ touched_days() }})
            and session_id is not null
    ) as seen
    cross join
        lateral (
            select known.* from {{ ref('stg_web__sessions') }} as known
            where
                known.visitor_id = seen.visitor_id
                and known.session_id = seen.session_id
            offset 0
        ) as sessions
    cross join horizon
    where
        (sessions.day in ({{ touched_days() }}) or sessions.day < horizon.held_from)
        and sessions.session_id not in (
            select history.session_id
            from {{ this }} as history
            where
                history.day < (select horizon.held_from from horizon)
                and history.ended_at
                >= (select horizon.held_from - interval '1 day' from horizon)
        )
),
{% else %}
begun as (
    select
        sessions.*,
        sessions.day < horizon.held_from as is_cut
    from {{ ref('stg_web__sessions') }} as sessions
    cross join horizon
),
{% endif %}

-- First and last event by order_of_events(), which is the order that cuts sessions. Each edge is an
-- array: its first element decides, and the others come along. Where a later row has moved the edges
-- of the session meanwhile, every event of it is looked at.
counted as (
    select
        begun.session_id,
        begun.visitor_id,
        -- One value a session. Carried along rather than joined again: statistics know nothing of a
        -- day that has just begun, and the planner would count all sessions anew for each of them.
        min(case when begun.is_cut then events.day else begun.day end) as day,
        min(case when begun.is_cut then events.occurred_at else begun.started_at end)
            as started_at,
        min(begun.ended_at) as ended_at,
        min(begun.referrer) as referrer,
        min(begun.utm_source) as utm_source,
        min(begun.utm_medium) as utm_medium,
        min(begun.utm_campaign) as utm_campaign,
        count(*) as events,
        count(*) filter (where events.event_type = 'page_view') as page_views,
        count(*) filter (where events.is_conversion) as conversions,
        coalesce(sum(events.engaged_time_ms), 0) as engaged_ms,
        min(
            array[
                {{ order_of_events('events', 'begun') }},
                events.property_id,
                events.traffic_source,
                events.device_type,
                coalesce(events.country_code, 'unknown'),
                events.path
            ]
        ) filter (
            where
            events.occurred_at = begun.started_at
            or begun.is_cut
            or begun.updated_at >= {{ build_cutoff() }}
        ) as entry,
        max(
            array[{{ order_of_events('events', 'begun') }}, events.path]
        ) filter (
            where events.occurred_at = begun.ended_at or begun.updated_at >= {{ build_cutoff() }}
        ) as last_event
    from begun
    {% if is_incremental() %}
    cross join
        lateral (
            select known.* from {{ ref('stg_web__events') }} as known
            where
                known.visitor_id = begun.visitor_id
                and known.session_id = begun.session_id
                and known.day between begun.day and {{ utc_day('begun.ended_at') }}
            offset 0
        ) as events
    {% else %}
    inner join {{ ref('stg_web__events') }} as events
        on
            begun.visitor_id = events.visitor_id
            and begun.session_id = events.session_id
    {% endif %}
    where
        events.received_at < {{ build_cutoff() }}
        and events.day >= (select horizon.held_from from horizon)
    group by
        begun.session_id,
        begun.visitor_id
),

sessions as (
    select
        session_id,
        visitor_id,
        entry[2] as property_id,
        day,
        started_at,
        ended_at,
        round(1000 * extract(epoch from ended_at - started_at))::bigint as duration_ms,
        entry[6] as entry_path,
        last_event[2] as exit_path,
        events,
        page_views,
        conversions,
        engaged_ms,
        page_views = 1
        and engaged_ms < 10000
        and conversions = 0 as is_bounce,
        conversions > 0 as is_converted,
        entry[3] as traffic_source,
        entry[4] as device_type,
        entry[5] as country_code,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        {{ build_cutoff() }} as generated_at
    from counted
    {% if is_incremental() %}
    where day in ({{ touched_days() }})
    {% endif %}
)

select * from sessions
