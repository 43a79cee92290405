-- Visits by their source are those of sessions, which another test compares with raw. Who came by a
-- source in the last days, or in all that raw holds, is counted once for it.
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

visits as (
    select
        property_id,
        day,
        visitor_id,
        traffic_source,
        page_views,
        is_converted
    from {{ ref('sessions') }}
    where day >= (select horizon.held_from from horizon)
),

windows as (
    select distinct greatest(last_days.day - lengths.days, last_days.first_day) as first_day
    from (
        select
            min(day) as first_day,
            max(day) as day
        from visits
    ) as last_days
    cross join (values (6), (1000000)) as lengths (days)
    where last_days.day is not null
),

counted as (
    select
        windows.first_day,
        visits.traffic_source,
        count(*) as sessions,
        count(distinct visits.visitor_id) as visitors,
        sum(visits.page_views) as page_views,
        count(*) filter (where visits.is_converted) as converted_sessions
    from windows
    inner join visits
        on windows.first_day <= visits.day
    group by
        windows.first_day,
        visits.traffic_source
),

of_days as (
    select
        windows.first_day,
        sources.source_key,
        sources.traffic_source,
        sum(sources.sessions) as sessions,
        sum(sources.visitors) as visitors,
        sum(sources.page_views) as page_views,
        sum(sources.converted_sessions) as converted_sessions
    from windows
    inner join {{ ref('daily_entry_sources') }} as sources
        on windows.first_day <= sources.day
    group by
        windows.first_day,
        sources.source_key,
        sources.traffic_source
),

again as (
    select
        windows.first_day,
        recency.value_key,
        {{ counted_again('recency', 'windows.first_day') }} as visitors
    from windows
    inner join {{ ref('visit_recency') }} as recency
        on windows.first_day <= recency.day
    where
        recency.dimension = 'traffic_source'
        and recency.property_id = ''
    group by
        windows.first_day,
        recency.value_key
)

select
    counted.first_day,
    counted.traffic_source,
    counted.sessions,
    of_days.sessions as sessions_of_days,
    counted.visitors,
    of_days.visitors - coalesce(again.visitors, 0) as visitors_of_days
from counted
full join of_days
    on
        counted.first_day = of_days.first_day
        and counted.traffic_source = of_days.traffic_source
left join again
    on
        of_days.first_day = again.first_day
        and of_days.source_key = again.value_key
where
    (
        counted.sessions,
        counted.visitors,
        counted.page_views,
        counted.converted_sessions
    ) is distinct from (
        of_days.sessions,
        of_days.visitors - coalesce(again.visitors, 0),
        of_days.page_views,
        of_days.converted_sessions
    )
    -- After a build that died between them, the next one makes them equal.
    and (
        select count(distinct watermarks.received_through) = 1
        from {{ source('analytics_state', 'rollup_watermarks') }} as watermarks
        where watermarks.mart in ('sessions', 'daily_entry_sources', 'visit_recency')
    )
