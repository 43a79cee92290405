-- Sessions with a campaign are those of raw, on the property to which it led, with the page views
-- of that property, on the day on which they began; at the horizon, where they began before it and
-- have no row of before.
-- Days with a session of a visitor of whom events wait for the next build are left out.
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

watermark as (
    select received_through
    from {{ source('analytics_state', 'rollup_watermarks') }}
    where mart = 'daily_campaigns'
),

waiting_days as (
    select greatest(begun.day, horizon.held_from) as day
    from {{ source('raw', 'sessions') }} as sessions
    inner join {{ source('raw', 'events') }} as events
        on sessions.visitor_id = events.visitor_id
    cross join horizon
    -- One beside the UTC day, in the zone of the property.
    cross join
        lateral (
            select (sessions.started_at at time zone 'UTC')::date + beside.days as day
            from generate_series(-1, 1) as beside (days)
        ) as begun
    where events.created_at >= (select watermark.received_through from watermark)
),

-- Kept apart, as the mart is nowhere but on the coordinator of Citus.
of_campaigns as materialized (
    select
        events.session_id,
        events.property_id,
        events.occurred_on,
        events."timestamp",
        events.dedupe_key,
        events.event_type,
        events.traffic_source,
        events.is_entrance,
        events.is_conversion,
        sessions.utm_source,
        sessions.utm_medium,
        sessions.utm_campaign,
        coalesce(events.path = sessions.landing_path, false) as is_landing
    from {{ source('raw', 'sessions') }} as sessions
    inner join {{ source('raw', 'events') }} as events
        on
            sessions.visitor_id = events.visitor_id
            and sessions.id = events.session_id
    cross join horizon
    where
        coalesce(sessions.utm_source, sessions.utm_medium, sessions.utm_campaign) is not null
        and events.occurred_on >= horizon.held_from
),

-- The first event of each says to which property the campaign led.
placed as (
    select
        *,
        first_value(property_id) over (
            partition by session_id
            order by
                "timestamp" asc,
                is_landing desc,
                traffic_source not in ('direct', 'internal') desc,
                is_entrance desc,
                dedupe_key collate "C" asc
        ) as led_to
    from of_campaigns
    where
        not exists (
            select from {{ ref('sessions') }} as history
            where
                history.session_id = of_campaigns.session_id
                and history.day < (select horizon.held_from from horizon)
        )
),

sessions as (
    select
        session_id,
        property_id,
        min(occurred_on) as day,
        coalesce(utm_source, '(not set)') as utm_source,
        coalesce(utm_medium, '(not set)') as utm_medium,
        coalesce(utm_campaign, '(not set)') as utm_campaign,
        count(*) filter (where event_type = 'page_view') as page_views,
        count(*) filter (where is_conversion) as conversions
    from placed
    where property_id = led_to
    group by
        session_id,
        property_id,
        utm_source,
        utm_medium,
        utm_campaign
),

raw_values as (
    select
        property_id,
        day,
        utm_source,
        utm_medium,
        utm_campaign,
        count(*) as sessions,
        sum(page_views) as page_views,
        count(*) filter (where conversions > 0) as converted_sessions
    from sessions
    group by
        property_id,
        day,
        utm_source,
        utm_medium,
        utm_campaign
),

mart_values as (
    select
        property_id,
        day,
        utm_source,
        utm_medium,
        utm_campaign,
        sum(sessions) as sessions,
        sum(page_views) as page_views,
        sum(converted_sessions) as converted_sessions
    from {{ ref('daily_campaigns') }}
    group by
        property_id,
        day,
        utm_source,
        utm_medium,
        utm_campaign
)

select
    property_id,
    day,
    utm_source,
    utm_medium,
    utm_campaign,
    mart_values.sessions as mart_sessions,
    raw_values.sessions as raw_sessions,
    mart_values.page_views as mart_page_views,
    raw_values.page_views as raw_page_views
from mart_values
full join raw_values using (property_id, day, utm_source, utm_medium, utm_campaign)
where
    day >= (select horizon.held_from from horizon)
    and day not in (
        {{ erased_since('daily_campaigns') }}
    )
    and day not in (select waiting_days.day from waiting_days)
    and (
        mart_values.sessions is distinct from raw_values.sessions
        or mart_values.page_views is distinct from raw_values.page_views
        or mart_values.converted_sessions is distinct from raw_values.converted_sessions
    )
