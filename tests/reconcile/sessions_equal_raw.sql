-- Every raw session is one row for each property that saw it, with the events of that property, on
-- the day on which they began. One that began before the horizon has a row of before, or begins at
-- the horizon with what raw holds of it.
-- Visitors of whom events wait for the next build are left out: those may cut their sessions anew.
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

watermark as (
    select received_through
    from {{ source('analytics_state', 'rollup_watermarks') }}
    where mart = 'sessions'
),

waiting as (
    select distinct visitor_id
    from {{ source('raw', 'events') }}
    where created_at >= (select watermark.received_through from watermark)
),

raw_values as (
    select
        events.session_id,
        events.visitor_id,
        events.property_id,
        min(events.occurred_on) as day,
        array_agg(coalesce(events.page, events.path)::text) filter (
            where events."timestamp" = sessions.started_at and events.path = sessions.landing_path
        ) as entry_paths,
        count(*) as events,
        count(*) filter (where events.event_type = 'page_view') as page_views,
        count(*) filter (where events.is_conversion) as conversions,
        min(events."timestamp") as started_at,
        max(events."timestamp") as ended_at
    from {{ source('raw', 'sessions') }} as sessions
    inner join {{ source('raw', 'events') }} as events
        on
            sessions.visitor_id = events.visitor_id
            and sessions.id = events.session_id
    cross join horizon
    where events.occurred_on >= horizon.held_from
    group by
        events.session_id,
        events.visitor_id,
        events.property_id
)

select
    session_id,
    property_id,
    mart.day as mart_day,
    raw_values.day as raw_day,
    mart.events as mart_events,
    raw_values.events as raw_events
from {{ ref('sessions') }} as mart
full join raw_values using (session_id, property_id)
where
    coalesce(mart.day, raw_values.day) >= (select horizon.held_from from horizon)
    and coalesce(mart.day, raw_values.day) not in (
        {{ erased_since('sessions') }}
    )
    and coalesce(raw_values.visitor_id, mart.visitor_id) not in (
        select waiting.visitor_id from waiting
    )
    and (
        mart.day is distinct from raw_values.day
        or mart.started_at is distinct from raw_values.started_at
        or mart.ended_at is distinct from raw_values.ended_at
        or mart.entry_path != all(raw_values.entry_paths)
        or mart.events is distinct from raw_values.events
        or mart.page_views is distinct from raw_values.page_views
        or mart.conversions is distinct from raw_values.conversions
    )
