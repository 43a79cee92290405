-- Days before raw's horizon are all one here: which of them a visitor came on, raw cannot say.
-- Whoever did not come on the days that are compared counts in no row of them.
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
        events.visitor_id,
        events.property_id::text as property_id,
        events.occurred_on as day,
        events.traffic_source::text as traffic_source,
        events.device_type::text as device_type,
        coalesce(events.country_code::text, 'unknown') as country_code,
        events.event_type::text as event_type
    from {{ source('raw', 'events') }} as events
    where
        events.occurred_on >= (select horizon.held_from from horizon)
        and events.occurred_on <= '{{ var("discrepancy_to", "9999-12-31") }}'::date
        and events.created_at < {{ counted_through('visitor_recency') }}
        and events.visitor_id in (
            select came.visitor_id from ({{ recounted_visitors('visitor_recency') }}) as came
        )
    group by
        events.visitor_id,
        events.property_id,
        events.occurred_on,
        events.traffic_source,
        events.device_type,
        events.country_code,
        events.event_type
),

-- Before they are taken apart, for the day of the first sight is looked up for each row.
sighted as materialized (
    select
        told.*,
        {{ recounted_local('sights.first_seen_at', 'told.property_id', 'told.day') }}::date
        < told.day as is_returning
    from told
    inner join sights
        on told.visitor_id = sights.visitor_id
),

-- The empty property is all of them together: a visitor of two is one visitor, and returning where
-- one of them says so.
seen as (
    select
        sighted.visitor_id,
        found.dimension,
        found.value,
        scopes.property_id,
        sighted.day,
        bool_or(sighted.device_type <> 'bot') as as_person,
        bool_or(sighted.device_type = 'bot') as as_bot,
        bool_or(sighted.is_returning) as is_returning
    from sighted
    cross join
        lateral (
            values
            ('', ''),
            ('traffic_source', sighted.traffic_source),
            ('device_type', sighted.device_type),
            ('country', sighted.country_code),
            ('event_type', sighted.event_type)
        ) as found (dimension, value)
    cross join lateral (values (sighted.property_id), ('')) as scopes (property_id)
    group by
        sighted.visitor_id,
        found.dimension,
        found.value,
        scopes.property_id,
        sighted.day
),

-- The days before on which the visitor counted in each measure. By the visitor first, by whom most
-- rows are told apart.
placed as (
    select
        property_id,
        dimension,
        value,
        day,
        as_person,
        as_bot,
        is_returning,
        lag(day) over visitor as previous_day,
        max(day) filter (where is_returning) over before as previous_day_returning,
        max(day) filter (where as_person) over before as previous_day_as_person,
        max(day) filter (where as_person and is_returning) over before
            as previous_day_as_returning_person,
        max(day) filter (where as_bot) over before as previous_day_as_bot,
        max(day) filter (where as_bot and is_returning) over before as previous_day_as_returning_bot
    from seen
    window
        visitor as (
            partition by visitor_id, dimension, value, property_id
            order by day asc
        ),
        before as (
            visitor
            rows between unbounded preceding and 1 preceding
        )
),

-- Most visitors of a day are alike in all of this, and are counted before they are taken apart.
alike as (
    select
        property_id,
        dimension,
        value,
        day,
        as_person,
        as_bot,
        is_returning,
        previous_day,
        previous_day_returning,
        previous_day_as_person,
        previous_day_as_returning_person,
        previous_day_as_bot,
        previous_day_as_returning_bot,
        count(*) as visitors
    from placed
    where
        day between '{{ var("discrepancy_from", "0001-01-01") }}'::date
        and '{{ var("discrepancy_to", "9999-12-31") }}'::date
    group by
        property_id,
        dimension,
        value,
        day,
        as_person,
        as_bot,
        is_returning,
        previous_day,
        previous_day_returning,
        previous_day_as_person,
        previous_day_as_returning_person,
        previous_day_as_bot,
        previous_day_as_returning_bot
),

recounted as (
    select
        alike.property_id,
        alike.dimension,
        alike.value,
        alike.day,
        coalesce(measures.previous_day, '0001-01-01') as previous_day,
        coalesce(sum(alike.visitors) filter (where measures.measure = 'visitors'), 0)
            as visitors,
        coalesce(sum(alike.visitors) filter (where measures.measure = 'returning_visitors'), 0)
            as returning_visitors,
        coalesce(sum(alike.visitors) filter (where measures.measure = 'people'), 0)
            as people,
        coalesce(sum(alike.visitors) filter (where measures.measure = 'returning_people'), 0)
            as returning_people,
        coalesce(sum(alike.visitors) filter (where measures.measure = 'bots'), 0)
            as bots,
        coalesce(sum(alike.visitors) filter (where measures.measure = 'returning_bots'), 0)
            as returning_bots
    from alike
    cross join
        lateral (
            values
            ('visitors', true, alike.previous_day),
            ('returning_visitors', alike.is_returning, alike.previous_day_returning),
            ('people', alike.as_person, alike.previous_day_as_person),
            (
                'returning_people',
                alike.as_person and alike.is_returning,
                alike.previous_day_as_returning_person
            ),
            ('bots', alike.as_bot, alike.previous_day_as_bot),
            (
                'returning_bots',
                alike.as_bot and alike.is_returning,
                alike.previous_day_as_returning_bot
            )
        ) as measures (measure, counts, previous_day)
    where measures.counts
    group by
        alike.property_id,
        alike.dimension,
        alike.value,
        alike.day,
        coalesce(measures.previous_day, '0001-01-01')
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
