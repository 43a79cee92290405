{# Visits count in the hour in which they began, so late events may move them to another. #}
{{ config(meta={'also_touches': 'days_of_changed_sessions', 'shape': 2}) }}

with

cutoff as (
    select {{ build_cutoff_with('sessions') }} as received_before
),

events as (
    select
        events.property_id,
        events.day,
        events.visitor_id,
        extract(hour from {{ local_time('events.occurred_at') }})::integer as hour,
        {{ is_bot('events') }} as is_bot,
        events.event_type = 'page_view' as is_page_view,
        events.is_conversion
    from {{ ref('stg_web__events') }} as events
    {{ join_zones('events') }}
    cross join cutoff
    where
        events.received_at < cutoff.received_before
        {% if is_incremental() %}
        and events.day in ({{ touched_days() }})
        {% endif %}
),

-- All properties together have rows of their own: a visitor of two of them is one visitor.
by_visitor as (
    select
        coalesce(property_id, '') as property_id,
        day,
        hour,
        visitor_id,
        count(*) filter (where not is_bot) as events_of_people,
        count(*) filter (where is_bot) as events_of_bots,
        count(*) filter (where is_page_view and not is_bot) as views_of_people,
        count(*) filter (where is_page_view and is_bot) as views_of_bots,
        count(*) filter (where is_conversion and not is_bot) as conversions_of_people,
        count(*) filter (where is_conversion and is_bot) as conversions_of_bots
    from events
    group by grouping sets (
        (property_id, day, hour, visitor_id),
        (day, hour, visitor_id)
    )
),

-- Who was seen as both has two rows and is one visitor, counted once with the people.
counted as (
    select
        by_visitor.property_id,
        by_visitor.day,
        by_visitor.hour,
        kinds.is_bot,
        count(*) as visitors,
        count(*) filter (where kinds.is_counted_here) as visitors_once,
        sum(kinds.page_views)::bigint as page_views,
        sum(kinds.conversions)::bigint as conversions
    from by_visitor
    cross join
        lateral (
            values
            (
                false,
                by_visitor.events_of_people,
                by_visitor.views_of_people,
                by_visitor.conversions_of_people,
                true
            ),
            (
                true,
                by_visitor.events_of_bots,
                by_visitor.views_of_bots,
                by_visitor.conversions_of_bots,
                by_visitor.events_of_people = 0
            )
        ) as kinds (is_bot, events, page_views, conversions, is_counted_here)
    where kinds.events > 0
    group by
        by_visitor.property_id,
        by_visitor.day,
        by_visitor.hour,
        kinds.is_bot
),

visits as (
    select
        coalesce(property_id, '') as property_id,
        day,
        started_hour as hour,
        is_bot,
        count(*) as sessions,
        count(*) filter (where is_bounce) as bounces,
        sum(engaged_ms) as engaged_ms
    from {{ ref('sessions') }}
    {% if is_incremental() %}
    where day in ({{ touched_days() }})
    {% endif %}
    group by grouping sets (
        (property_id, day, started_hour, is_bot),
        (day, started_hour, is_bot)
    )
),

-- A visit begins with an event of its hour, so there is none without a row of events.
hours as (
    select
        property_id,
        day,
        hour,
        is_bot,
        counted.visitors,
        counted.visitors_once,
        counted.page_views,
        counted.conversions,
        coalesce(visits.sessions, 0) as sessions,
        coalesce(visits.bounces, 0) as bounces,
        coalesce(visits.engaged_ms, 0) as engaged_ms,
        {{ build_cutoff() }} as generated_at
    from counted
    left join visits using (property_id, day, hour, is_bot)
)

select * from hours
