-- Days before raw's horizon are all one here: which of them a visitor came on, raw cannot say.
with

sights as (
    {{ recounted_first_sights('visitor_recency') }}
),

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

-- Before they are taken apart, which Citus does not do with the text of an enum.
told as materialized (
    select
        events.property_id,
        events.occurred_on,
        events.visitor_id,
        events.country_code,
        events.event_type,
        events.device_type,
        events.traffic_source::text as source_text,
        events.device_type::text as device_text
    from {{ source('raw', 'events') }} as events
    where
        events.occurred_on >= (select horizon.held_from from horizon)
        and events.occurred_on <= '{{ var("discrepancy_to", "9999-12-31") }}'::date
        and events.created_at < {{ counted_through('visitor_recency') }}
),

-- The empty property is all of them together: a visitor of two is one visitor.
seen as (
    select
        scopes.property_id,
        found.dimension,
        found.value,
        events.occurred_on as day,
        events.visitor_id,
        array_agg(distinct events.property_id::text) as of_properties,
        bool_or(events.device_type <> 'bot') as as_person,
        bool_or(events.device_type = 'bot') as as_bot
    from told as events
    cross join
        lateral (
            values
            ('', ''),
            ('traffic_source', events.source_text),
            ('device_type', events.device_text),
            ('country', coalesce(events.country_code::text, 'unknown')),
            ('event_type', events.event_type::text)
        ) as found (dimension, value)
    cross join lateral (values (events.property_id::text), ('')) as scopes (property_id)
    group by
        scopes.property_id,
        found.dimension,
        found.value,
        events.occurred_on,
        events.visitor_id
),

-- A row for each measure that counts the visitor on the day.
counting as (
    select
        seen.property_id,
        seen.dimension,
        seen.value,
        seen.day,
        seen.visitor_id,
        measures.measure
    from seen
    inner join sights
        on seen.visitor_id = sights.visitor_id
    cross join
        lateral ( -- noqa: ST05
            select
                bool_or(
                    {{ recounted_local(
                        'sights.first_seen_at', 'of_property.id', 'seen.day'
                    ) }}::date < seen.day
                ) as known_before
            from unnest(seen.of_properties) as of_property (id)
        ) as returning_then
    cross join
        lateral (
            values
            ('visitors', true),
            ('people', seen.as_person),
            ('bots', seen.as_bot),
            ('returning_visitors', returning_then.known_before),
            ('returning_people', seen.as_person and returning_then.known_before),
            ('returning_bots', seen.as_bot and returning_then.known_before)
        ) as measures (measure, counts)
    where measures.counts
),

placed as (
    select
        property_id,
        dimension,
        value,
        day,
        measure,
        coalesce(
            lag(day) over (
                partition by property_id, dimension, value, measure, visitor_id
                order by day asc
            ),
            '0001-01-01'
        ) as previous_day
    from counting
),

recounted as (
    select
        property_id,
        dimension,
        value,
        day,
        previous_day,
        count(*) filter (where measure = 'visitors') as visitors,
        count(*) filter (where measure = 'returning_visitors') as returning_visitors,
        count(*) filter (where measure = 'people') as people,
        count(*) filter (where measure = 'returning_people') as returning_people,
        count(*) filter (where measure = 'bots') as bots,
        count(*) filter (where measure = 'returning_bots') as returning_bots
    from placed
    where
        day between '{{ var("discrepancy_from", "0001-01-01") }}'::date
        and '{{ var("discrepancy_to", "9999-12-31") }}'::date
    group by
        property_id,
        dimension,
        value,
        day,
        previous_day
),

comparable as (
    select
        recency.property_id,
        recency.dimension,
        recency.value,
        recency.day,
        case
            when recency.previous_day < horizon.held_from then '0001-01-01'
            else recency.previous_day
        end as previous_day,
        sum(recency.visitors) as visitors,
        sum(recency.returning_visitors) as returning_visitors,
        sum(recency.people) as people,
        sum(recency.returning_people) as returning_people,
        sum(recency.bots) as bots,
        sum(recency.returning_bots) as returning_bots
    from {{ ref('visitor_recency') }} as recency
    cross join horizon
    group by
        recency.property_id,
        recency.dimension,
        recency.value,
        recency.day,
        case
            when recency.previous_day < horizon.held_from then '0001-01-01'
            else recency.previous_day
        end
)

{{ differences(
    'visitor_recency',
    ['property_id', 'dimension', 'value', 'day', 'previous_day'],
    [
        'visitors', 'returning_visitors', 'people', 'returning_people', 'bots', 'returning_bots'
    ],
    rows='comparable'
) }}
