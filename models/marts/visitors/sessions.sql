{# Besides the touched days, those of sessions that changed: days_of_changed_sessions(). #}
{{ config(meta={'also_touches': 'days_of_changed_sessions', 'shape': 4}) }}
{% set carried = [
    'referrer', 'utm_source', 'utm_medium', 'utm_campaign', 'is_coarse', 'day', 'occurred_at', 'event_type',
    'is_conversion', 'place'
] %}
{# On Citus the events are counted where they are, and visits are brought. #}
{% set is_spread = is_distributed() %}

with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

{% if is_incremental() %}
-- A visit that has a row of before the horizon keeps it. The session goes on in others, which are
-- not those that its campaign began. One that goes on has an event within the day before.
-- Lateral and kept apart, here and below, so that each is looked up by an index: what a day costs
-- does not grow with the history before it.
closed as (
    select
        kept.session_id,
        kept.property_id
    from (
        select distinct session_id
        from {{ this }}
        where
            day < (select horizon.held_from from horizon)
            and ended_at >= (select horizon.held_from - interval '1 day' from horizon)
    ) as history
    cross join
        lateral (
            select
                known.session_id,
                known.property_id
            from {{ this }} as known
            where
                known.session_id = history.session_id
                and known.day < (select horizon.held_from from horizon)
            offset 0
        ) as kept
),

-- A visit has an event on the day that it began, so the events of a day name its sessions.
begun as (
    select sessions.*
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
),
{% else %}
begun as (
    select * from {{ ref('stg_web__sessions') }}
),
{% endif %}

-- A visit that began before the horizon and has no row begins with its first event that raw holds.
-- The place of an event in it is an array: its first elements decide, and what an edge tells comes
-- along.
joined as{{ ' not materialized' if is_spread }} (
    select
        begun.referrer,
        begun.utm_source,
        begun.utm_medium,
        begun.utm_campaign,
        begun.is_coarse,
        events.session_id,
        events.visitor_id,
        events.view_id,
        events.day,
        events.occurred_at,
        events.dedupe_key,
        events.event_type,
        events.is_conversion,
        events.property_id,
        events.engaged_time_ms,
        array[
            {{ order_of_events('events', 'begun') }},
            events.traffic_source,
            events.device_type,
            coalesce(events.country_code, 'unknown'),
            events.path
        ] as place
    {% if is_incremental() %}
    from begun
    cross join
        lateral (
            select known.* from {{ ref('stg_web__events') }} as known
            where
                known.visitor_id = begun.visitor_id
                and known.session_id = begun.session_id
                and known.day between begun.day - 1 and {{ utc_day('begun.ended_at') }} + 1
            offset 0
        ) as events
    {% else %}
    -- Of each event the session is there. To an inner join by two columns the planner gives a handful
    -- of rows, and goes through all of them for each that it joins next.
    from {{ ref('stg_web__events') }} as events
    left join begun
        on
            events.visitor_id = begun.visitor_id
            and events.session_id = begun.session_id
    {% endif %}
    where
        events.session_id is not null
        and events.received_at < {{ build_cutoff() }}
        and events.day >= (select horizon.held_from from horizon)
),

-- A page view may report its engaged time more than once, in one session or in several: only the
-- last report counts. Those of other sessions are looked up view by view, and have no session here.
reports as (
    {% if is_incremental() %}
    select
        session_id,
        visitor_id,
        property_id,
        view_id,
        occurred_at,
        dedupe_key,
        engaged_time_ms
    from joined
    where
        view_id is not null
        and engaged_time_ms is not null
    union all
    select
        null as session_id,
        views.visitor_id,
        null as property_id,
        views.view_id,
        known.occurred_at,
        known.dedupe_key,
        known.engaged_time_ms
    from (
        select
            visitor_id,
            view_id,
            min(day) as first_day
        from joined
        where
            view_id is not null
            and engaged_time_ms is not null
        group by
            visitor_id,
            view_id
    ) as views
    cross join
        lateral (
            select later.*
            from {{ ref('stg_web__events') }} as later
            where
                later.visitor_id = views.visitor_id
                and later.view_id = views.view_id
                and later.day >= views.first_day
                and later.engaged_time_ms is not null
                and later.received_at < {{ build_cutoff() }}
            offset 0
        ) as known
    {% else %}
    select
        session_id,
        visitor_id,
        property_id,
        view_id,
        occurred_at,
        dedupe_key,
        engaged_time_ms
    from {{ ref('stg_web__events') }}
    where
        view_id is not null
        and engaged_time_ms is not null
        and received_at < {{ build_cutoff() }}
        and day >= (select horizon.held_from from horizon)
    {% endif %}
),

-- An event that was looked up and is here with its session has the same place twice.
replaced as (
    select
        session_id,
        visitor_id,
        property_id,
        engaged_time_ms
    from (
        select
            session_id,
            visitor_id,
            property_id,
            engaged_time_ms,
            rank() over (
                partition by visitor_id, view_id
                order by occurred_at desc, dedupe_key collate "C" desc
            ) as place
        from reports
    ) as ranked
    where
        place > 1
        and session_id is not null
),

-- What was replaced comes off again, by a row of its own. Added up rather than joined: statistics
-- know nothing of a day that has just begun, and the planner would look through all of it for each
-- session.
parts as (
    select
        session_id,
        visitor_id,
        property_id,
        {% for column in carried -%}
        {{ column }},
        {% endfor -%}
        engaged_time_ms
    from joined
    union all
    select
        session_id,
        visitor_id,
        property_id,
        {% for column in carried -%}
        null as {{ column }},
        {% endfor -%}
        -engaged_time_ms as engaged_time_ms
    from replaced
),

counted as{{ ' materialized' if is_spread }} (
    select
        parts.session_id,
        parts.visitor_id,
        parts.property_id,
        min(parts.day) as day,
        min(parts.occurred_at) as started_at,
        max(parts.occurred_at) as ended_at,
        -- One value a session, carried along rather than joined again for the same reason.
        min(parts.referrer) as referrer,
        min(parts.utm_source) as utm_source,
        min(parts.utm_medium) as utm_medium,
        min(parts.utm_campaign) as utm_campaign,
        bool_or(parts.is_coarse) as is_coarse,
        count(parts.event_type) as events,
        count(*) filter (where parts.event_type = 'page_view') as page_views,
        count(*) filter (where parts.is_conversion) as conversions,
        coalesce(sum(parts.engaged_time_ms), 0) as engaged_ms,
        min(parts.place) as entry,
        max(parts.place) as last_event
    from parts
    group by
        parts.session_id,
        parts.visitor_id,
        parts.property_id
),

-- Referrer and campaign of a session are those of its first event, and of no other property.
opened as (
    select
        *,
        entry = min(entry) over (partition by session_id)
        {% if is_incremental() -%}
        and session_id not in (select closed.session_id from closed)
        {%- endif %} as is_first
    from counted
),

visits as (
    select
        session_id,
        visitor_id,
        property_id,
        day,
        started_at,
        ended_at,
        events,
        page_views,
        conversions,
        engaged_ms,
        is_coarse,
        entry[4] as traffic_source,
        entry[5] as device_type,
        entry[6] as country_code,
        entry[7] as entry_path,
        last_event[7] as exit_path,
        case when is_first then referrer end as referrer,
        case when is_first then utm_source end as utm_source,
        case when is_first then utm_medium end as utm_medium,
        case when is_first then utm_campaign end as utm_campaign
    from opened
    {% if is_incremental() %}
    where
        day in ({{ touched_days() }})
        and (session_id, property_id) not in (
            select
                closed.session_id,
                closed.property_id
            from closed
        )
    {% endif %}
),

-- Each once: there are far fewer of them than visits, and to take one apart is dear.
referrers as materialized (
    select
        referrer,
        {{ referrer_host('referrer') }} as host,
        {{ referrer_page('referrer') }} as page
    from (
        select distinct visits.referrer
        from visits
        where
            visits.referrer is not null
            and visits.traffic_source != 'internal'
    ) as named
),

visitors_made_older as (
    select * from {{ ref('int_web__visitors_made_older') }}
),

sessions as (
    select
        visits.session_id,
        visits.visitor_id,
        visits.property_id,
        visits.day,
        visits.started_at,
        visits.ended_at,
        extract(hour from {{ local_time('visits.started_at') }})::integer as started_hour,
        round(1000 * extract(epoch from visits.ended_at - visits.started_at))::bigint
            as duration_ms,
        visits.entry_path,
        visits.exit_path,
        visits.events::integer as events,
        visits.page_views::integer as page_views,
        visits.conversions::integer as conversions,
        visits.engaged_ms,
        visits.page_views = 1
        and visits.engaged_ms < 10000
        and visits.conversions = 0 as is_bounce,
        visits.conversions > 0 as is_converted,
        {{ is_bot('visits') }} as is_bot,
        {{ seen_before(
            'coalesce(visitors_made_older.first_seen_at, visitors.first_seen_at)', 'visits'
        ) }}
            as is_returning,
        visits.is_coarse,
        visits.traffic_source,
        visits.device_type,
        visits.country_code,
        visits.referrer,
        referrers.host as referrer_host,
        case when referrers.host is not null then referrers.page end as referrer_page,
        visits.utm_source,
        visits.utm_medium,
        visits.utm_campaign,
        {{ build_cutoff() }} as generated_at
    from visits
    {{ join_visitors('visits.visitor_id') }}
    left join visitors_made_older
        on visits.visitor_id = visitors_made_older.visitor_id
    {{ join_zones('visits') }}
    left join referrers
        on
            visits.referrer = referrers.referrer
            and visits.traffic_source != 'internal'
)

-- Visits of one property lie together: a filter over them reads no others.
select * from sessions
order by
    property_id asc,
    day asc
