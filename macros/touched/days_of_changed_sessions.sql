{#
    Days on which visits began whose session a new event joined, moved, split or merged: as their events
    say now, and as the mart still has them. A day that is recounted changes others only by its reports
    of page views.
#}
{%- macro days_of_changed_sessions(watermark, recounted_from) -%}
{%- set mart = adapter.get_relation(target.database, target.schema, 'sessions') -%}
{%- set sessions = of_received('sessions', watermark) -%}
with received as materialized (
    select
        visitor_id,
        session_id,
        min("timestamp") as first_occurred_at,
        max("timestamp") as last_occurred_at
    from {{ of_received('events', watermark) }} as events
    where {{ is_newly_received('events', watermark) }}
    group by
        visitor_id,
        session_id
),

received_by_visitor as (
    select
        visitor_id,
        min(first_occurred_at) as first_occurred_at
    from received
    group by visitor_id
),

changed as materialized (
    select
        sessions.visitor_id,
        sessions.id,
        {{ utc_day('sessions.started_at') }} as day,
        {{ utc_day('sessions.last_event_at') }} as last_day
    from received
    inner join {{ sessions }} as sessions
        on
            received.visitor_id = sessions.visitor_id
            and received.session_id = sessions.id
    union
    select
        sessions.visitor_id,
        sessions.id,
        {{ utc_day('sessions.started_at') }} as day,
        {{ utc_day('sessions.last_event_at') }} as last_day
    from received_by_visitor
    inner join {{ sessions }} as sessions
        on
            received_by_visitor.visitor_id = sessions.visitor_id
            and sessions.updated_at >= '{{ watermark.since }}'::timestamptz
)

select begun.day
from changed
cross join lateral (
    select min(events.occurred_on) as day
    from {{ of_received('events', watermark) }} as events
    where
        events.visitor_id = changed.visitor_id
        and events.session_id = changed.id
        -- The days of properties lie beside those of UTC.
        and events.occurred_on between changed.day - 1 and changed.last_day + 1
    group by events.property_id
    offset 0
) as begun
union
-- Lateral and kept apart, so that each visitor is looked up by the index. No session that ended a
-- day before an event is changed by it: the gap is a day at most.
select known.day
from received_by_visitor
cross join lateral (
    select
        mart.day,
        mart.session_id,
        mart.property_id
    from {{ mart }} as mart
    where
        mart.visitor_id = received_by_visitor.visitor_id
        and mart.ended_at >= received_by_visitor.first_occurred_at - interval '1 day'
    offset 0
) as known
left join {{ sessions }} as sessions
    on
        received_by_visitor.visitor_id = sessions.visitor_id
        and known.session_id = sessions.id
cross join lateral (
    select min(events.occurred_on) as day
    from {{ of_received('events', watermark) }} as events
    where
        events.visitor_id = sessions.visitor_id
        and events.session_id = sessions.id
        and events.property_id = known.property_id
        and events.occurred_on
        between {{ utc_day('sessions.started_at') }} - 1
        and {{ utc_day('sessions.last_event_at') }} + 1
    offset 0
) as begun
where begun.day is distinct from known.day
union
-- Sessions that lose engaged time, because a newer report of the page view has replaced theirs.
select mart.day
from (
    select
        visitor_id,
        view_id,
        max("timestamp") as reported_at
    from {{ of_received('events', watermark) }} as events
    where
        view_id is not null
        and props ? 'engagedTimeMs'
        and (
            {{ is_newly_received('events', watermark) }}
            {% if recounted_from -%}
            or occurred_on >= '{{ recounted_from }}'::date
            {%- endif %}
        )
    group by
        visitor_id,
        view_id
) as replacing
cross join
    lateral (
        select distinct known.session_id
        from {{ of_received('events', watermark) }} as known
        where
            known.visitor_id = replacing.visitor_id
            and known.view_id = replacing.view_id
            and known."timestamp" <= replacing.reported_at
        offset 0
    ) as replaced
inner join {{ mart }} as mart
    on
        replacing.visitor_id = mart.visitor_id
        and replaced.session_id = mart.session_id
{%- endmacro -%}
