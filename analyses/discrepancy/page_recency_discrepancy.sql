-- Days before raw's horizon are all one here: which of them a visitor came on, raw cannot say. Each
-- previous day is compared by itself.
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

seen as (
    select
        scopes.property_id,
        encode(
            substr(
                sha256(convert_to(json_build_array(coalesce(events.page, events.path)::text)::text, 'UTF8')),
                1,
                16
            ),
            'hex'
        )::uuid as path_key,
        events.occurred_on as day,
        events.visitor_id,
        bool_or(events.device_type <> 'bot') as as_person,
        bool_or(events.device_type = 'bot') as as_bot
    from {{ source('raw', 'events') }} as events
    cross join lateral (values (events.property_id::text), ('')) as scopes (property_id)
    where
        events.path is not null
        and events.occurred_on >= (select horizon.held_from from horizon)
        and events.occurred_on <= '{{ var("discrepancy_to", "9999-12-31") }}'::date
        and events.created_at < {{ counted_through('page_recency') }}
    group by
        scopes.property_id,
        coalesce(events.page, events.path)::text,
        events.occurred_on,
        events.visitor_id
),

placed as (
    select
        seen.property_id,
        seen.path_key,
        seen.day,
        measures.measure,
        coalesce(
            lag(seen.day) over (
                partition by
                    seen.property_id, seen.path_key, measures.measure, seen.visitor_id
                order by seen.day asc
            ),
            '0001-01-01'
        ) as previous_day
    from seen
    cross join
        lateral (
            values ('visitors', true), ('people', seen.as_person), ('bots', seen.as_bot)
        ) as measures (measure, counts)
    where measures.counts
),

recounted as (
    select
        property_id,
        day,
        path_key,
        previous_day,
        count(*) filter (where measure = 'visitors') as visitors,
        count(*) filter (where measure = 'people') as people,
        count(*) filter (where measure = 'bots') as bots
    from placed
    where
        day between '{{ var("discrepancy_from", "0001-01-01") }}'::date
        and '{{ var("discrepancy_to", "9999-12-31") }}'::date
    group by
        property_id,
        day,
        path_key,
        previous_day
),

comparable as (
    select
        recency.property_id,
        recency.day,
        recency.path_key,
        case
            when places.previous_day < horizon.held_from then '0001-01-01'
            else places.previous_day
        end as previous_day,
        sum(places.visitors - coalesce(recency.visitors_up_to[places.place - 1], 0)) as visitors,
        sum(places.people - coalesce(recency.people_up_to[places.place - 1], 0)) as people,
        sum(places.bots - coalesce(recency.bots_up_to[places.place - 1], 0)) as bots
    from {{ ref('page_recency') }} as recency
    cross join horizon
    cross join
        lateral unnest(
            recency.previous_days, recency.visitors_up_to, recency.people_up_to, recency.bots_up_to
        ) with ordinality as places (previous_day, visitors, people, bots, place)
    group by
        recency.property_id,
        recency.day,
        recency.path_key,
        case
            when places.previous_day < horizon.held_from then '0001-01-01'
            else places.previous_day
        end
)

{{ differences(
    'page_recency',
    ['property_id', 'day', 'path_key', 'previous_day'],
    ['visitors', 'people', 'bots'],
    rows='comparable'
) }}
