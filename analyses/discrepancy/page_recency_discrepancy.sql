-- Days before raw's horizon are left out here: which of them a visitor came on, raw cannot say.
-- Whoever did not come on the days that are compared counts in no row of them.
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

seen as (
    select
        events.property_id::text as property_id,
        coalesce(events.page, events.path)::text as path,
        events.occurred_on as day,
        events.visitor_id,
        bool_or(events.device_type <> 'bot') as as_person,
        bool_or(events.device_type = 'bot') as as_bot
    from {{ source('raw', 'events') }} as events
    where
        events.path is not null
        and events.occurred_on >= (select horizon.held_from from horizon)
        and events.occurred_on <= '{{ var("discrepancy_to", "9999-12-31") }}'::date
        and events.created_at < {{ counted_through('page_recency') }}
        and events.visitor_id in (
            select came.visitor_id from ({{ recounted_visitors('page_recency') }}) as came
        )
    group by
        events.visitor_id,
        events.property_id,
        coalesce(events.page, events.path)::text,
        events.occurred_on
),

-- The days before on which the visitor counted in the rows of the daily mart. By the visitor first,
-- by whom most rows are told apart.
placed as (
    select
        scopes.property_id,
        seen.path,
        seen.day,
        seen.as_person,
        seen.as_bot,
        lag(seen.day) over visitor as previous_day,
        max(seen.day) filter (where seen.as_person) over before as previous_day_as_person,
        max(seen.day) filter (where seen.as_bot) over before as previous_day_as_bot
    from seen
    cross join lateral (values (seen.property_id), ('')) as scopes (property_id)
    window
        visitor as (
            partition by seen.visitor_id, seen.path, scopes.property_id
            order by seen.day asc
        ),
        before as (
            visitor
            rows between unbounded preceding and 1 preceding
        )
),

counted as (
    select
        placed.property_id,
        placed.day,
        encode(
            substr(sha256(convert_to(json_build_array(placed.path)::text, 'UTF8')), 1, 16), 'hex'
        )::uuid as path_key,
        measures.previous_day,
        count(*) filter (where measures.measure = 'visitors') as visitors,
        count(*) filter (where measures.measure = 'people') as people,
        count(*) filter (where measures.measure = 'bots') as bots
    from placed
    cross join
        lateral (
            values
            ('visitors', true, placed.previous_day),
            ('people', placed.as_person, placed.previous_day_as_person),
            ('bots', placed.as_bot, placed.previous_day_as_bot)
        ) as measures (measure, counts, previous_day)
    where
        measures.counts
        and measures.previous_day >= (select horizon.held_from from horizon)
        and placed.day between '{{ var("discrepancy_from", "0001-01-01") }}'::date
        and '{{ var("discrepancy_to", "9999-12-31") }}'::date
    group by
        placed.property_id,
        placed.day,
        placed.path,
        measures.previous_day
),

recounted as (
    select
        property_id,
        day,
        path_key,
        array_agg(previous_day order by previous_day asc) as previous_days,
        array_agg(visitors order by previous_day asc) as visitors_up_to,
        array_agg(people order by previous_day asc) as people_up_to,
        array_agg(bots order by previous_day asc) as bots_up_to
    from (
        select
            property_id,
            day,
            path_key,
            previous_day,
            (sum(visitors) over up_to)::integer as visitors,
            (sum(people) over up_to)::integer as people,
            (sum(bots) over up_to)::integer as bots
        from counted
        window up_to as (
            partition by property_id, day, path_key
            order by previous_day asc
        )
    ) as summed
    group by
        property_id,
        day,
        path_key
),

-- Without the places of days before the horizon, and without the visitors up to there.
placed_in_mart as (
    select
        recency.*,
        width_bucket(horizon.held_from - 1, recency.previous_days) as closed
    from {{ ref('page_recency') }} as recency
    cross join horizon
),

comparable as (
    select
        property_id,
        day,
        path_key,
        previous_days[closed + 1:] as previous_days,
        array(
            select up_to.visitors - coalesce(visitors_up_to[closed], 0)
            from unnest(visitors_up_to[closed + 1:]) with ordinality as up_to (visitors, place)
            order by up_to.place asc
        ) as visitors_up_to,
        array(
            select up_to.people - coalesce(people_up_to[closed], 0)
            from unnest(people_up_to[closed + 1:]) with ordinality as up_to (people, place)
            order by up_to.place asc
        ) as people_up_to,
        array(
            select up_to.bots - coalesce(bots_up_to[closed], 0)
            from unnest(bots_up_to[closed + 1:]) with ordinality as up_to (bots, place)
            order by up_to.place asc
        ) as bots_up_to
    from placed_in_mart
    where cardinality(previous_days) > closed
)

{{ differences(
    'page_recency',
    ['property_id', 'day', 'path_key'],
    ['previous_days', 'visitors_up_to', 'people_up_to', 'bots_up_to'],
    rows='comparable'
) }}
