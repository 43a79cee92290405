with

visits as (
    {{ recounted_sessions('daily_hours') }}
),

-- Before they are scoped, for the hour is looked up for each row.
events as materialized (
    select
        property_id::text as property_id,
        occurred_on as day,
        extract(
            hour from
            {{ recounted_local('"timestamp"', 'events.property_id', 'events.occurred_on') }}
        ) as hour,
        device_type = 'bot' as is_bot,
        visitor_id,
        event_type,
        is_conversion
    from (
        {{ recounted_events('daily_hours', [
            'property_id', 'occurred_on', '"timestamp"', 'device_type', 'visitor_id', 'event_type',
            'is_conversion'
        ]) }}
    ) as events
),

by_visitor as (
    select
        property_id,
        day,
        hour,
        is_bot,
        visitor_id,
        count(*) filter (where event_type = 'page_view') as page_views,
        count(*) filter (where is_conversion) as conversions
    from events
    group by
        property_id,
        day,
        hour,
        is_bot,
        visitor_id
),

-- For each property and for all of them, as the mart has it.
scoped as (
    select
        scopes.property_id,
        by_visitor.day,
        by_visitor.hour,
        by_visitor.is_bot,
        by_visitor.visitor_id,
        by_visitor.page_views,
        by_visitor.conversions
    from by_visitor
    cross join lateral (values (by_visitor.property_id), ('')) as scopes (property_id)
),

counted as (
    select
        property_id,
        day,
        hour,
        is_bot,
        count(distinct visitor_id) as visitors,
        sum(page_views) as page_views,
        sum(conversions) as conversions
    from scoped
    group by
        property_id,
        day,
        hour,
        is_bot
),

people_and_bots as (
    select
        property_id,
        day,
        hour,
        count(distinct visitor_id) as visitors
    from scoped
    group by
        property_id,
        day,
        hour
),

begun as (
    select
        scopes.property_id,
        visits.day,
        visits.started_hour as hour,
        visits.is_bot,
        count(*) as sessions,
        count(*) filter (where visits.is_bounce) as bounces,
        sum(visits.engaged_ms) as engaged_ms
    from visits
    cross join lateral (values (visits.property_id), ('')) as scopes (property_id)
    group by
        scopes.property_id,
        visits.day,
        visits.started_hour,
        visits.is_bot
),

recounted as (
    select
        counted.property_id,
        counted.day,
        counted.hour,
        counted.is_bot,
        counted.visitors,
        -- Bots are what is left once people are counted.
        case
            when not counted.is_bot then counted.visitors
            else people_and_bots.visitors - coalesce(people.visitors, 0)
        end as visitors_once,
        counted.page_views,
        counted.conversions,
        coalesce(begun.sessions, 0) as sessions,
        coalesce(begun.bounces, 0) as bounces,
        coalesce(begun.engaged_ms, 0) as engaged_ms
    from counted
    inner join people_and_bots
        on
            counted.property_id = people_and_bots.property_id
            and counted.day = people_and_bots.day
            and counted.hour = people_and_bots.hour
    left join counted as people
        on
            counted.property_id = people.property_id
            and counted.day = people.day
            and counted.hour = people.hour
            and not people.is_bot
    left join begun
        on
            counted.property_id = begun.property_id
            and counted.day = begun.day
            and counted.hour = begun.hour
            and counted.is_bot = begun.is_bot
)

{{ differences(
    'daily_hours',
    ['property_id', 'day', 'hour', 'is_bot'],
    [
        'visitors', 'visitors_once', 'page_views', 'conversions', 'sessions', 'bounces',
        'engaged_ms'
    ]
) }}
