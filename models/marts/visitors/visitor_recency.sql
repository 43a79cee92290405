{# Besides the touched days, those on which their visitors came next: days_visited_next(). #}
{{ config(meta={'also_touches': 'days_visited_next', 'shape': 2}) }}
{% set dimensions = {
    'traffic_source': 'traffic_sources',
    'device_type': 'device_types',
    'country': 'country_codes',
    'event_type': 'event_types',
} %}
{% set measures = {
    'visitors': 'true',
    'returning_visitors': 'is_returning',
    'people': 'is_person',
    'returning_people': 'is_person and is_returning',
    'bots': 'is_bot',
    'returning_bots': 'is_bot and is_returning',
} %}

with

visits as {{ 'materialized' if is_incremental() else 'not materialized' }} (
    {{ visits_until_touched_days('visitor_days', ['is_returning'] + dimensions.values() | list) }}
),

again as materialized (
    select visitor_id from visits
    group by visitor_id
    having count(*) > 1
),

-- Most came once. They have no day before, and are counted before they are looked at by value.
once as (
    select
        visits.property_id,
        visits.day,
        visits.is_bot,
        visits.is_returning,
        visits.traffic_sources,
        visits.device_types,
        visits.country_codes,
        visits.event_types,
        count(*) as visitors
    from visits
    left join again
        on visits.visitor_id = again.visitor_id
    where again.visitor_id is null
    group by
        visits.property_id,
        visits.day,
        visits.is_bot,
        visits.is_returning,
        visits.traffic_sources,
        visits.device_types,
        visits.country_codes,
        visits.event_types
),

once_by_value as (
    select
        scopes.property_id,
        dimensions.dimension,
        found.value,
        once.day,
        once.is_returning,
        not once.is_bot as is_person,
        once.is_bot,
        sum(once.visitors) as visitors
    from once
    cross join
        lateral (
            values
            {% for dimension, found_values in dimensions.items() -%}
            ('{{ dimension }}', once.{{ found_values }}::text[]),
            {% endfor -%}
            ('', array[''])
        ) as dimensions (dimension, found_values)
    cross join lateral unnest(dimensions.found_values) as found (value)
    cross join lateral (values (once.property_id), ('')) as scopes (property_id)
    group by
        scopes.property_id,
        dimensions.dimension,
        found.value,
        once.day,
        once.is_returning,
        once.is_bot
),

-- The empty property stands for all together, and the empty dimension for whatever they came with.
series as (
    select
        scopes.property_id,
        dimensions.dimension,
        found.value,
        visits.visitor_id,
        visits.day,
        bool_or(visits.is_returning) as is_returning,
        bool_or(not visits.is_bot) as is_person,
        bool_or(visits.is_bot) as is_bot
    from visits
    inner join again
        on visits.visitor_id = again.visitor_id
    cross join
        lateral (
            values
            {% for dimension, found_values in dimensions.items() -%}
            ('{{ dimension }}', visits.{{ found_values }}::text[]),
            {% endfor -%}
            ('', array[''])
        ) as dimensions (dimension, found_values)
    cross join lateral unnest(dimensions.found_values) as found (value)
    cross join lateral (values (visits.property_id), ('')) as scopes (property_id)
    group by
        scopes.property_id,
        dimensions.dimension,
        found.value,
        visits.visitor_id,
        visits.day
),

dated as (
    select
        {% for measure, condition in measures.items() -%}
        case
            when {{ condition }}
                then coalesce(max(day) filter (where {{ condition }}) over earlier, '0001-01-01')
        end as day_before_of_{{ measure }},
        {% endfor -%}
        property_id,
        dimension,
        value,
        day
    from series
    window earlier as (
        partition by property_id, dimension, value, visitor_id
        order by day asc
        rows between unbounded preceding and 1 preceding
    )
),

counted as (
    select
        property_id,
        dimension,
        value,
        day,
        {% for measure in measures -%}
        day_before_of_{{ measure }},
        {% endfor -%}
        count(*) as visitors
    from dated
    {% if is_incremental() %}
    where day in ({{ touched_days() }})
    {% endif %}
    group by
        {% for measure in measures -%}
        day_before_of_{{ measure }},
        {% endfor -%}
        property_id,
        dimension,
        value,
        day
    union all
    select
        property_id,
        dimension,
        value,
        day,
        {% for measure, condition in measures.items() -%}
        case when {{ condition }} then '0001-01-01'::date end as day_before_of_{{ measure }},
        {% endfor -%}
        visitors
    from once_by_value
),

-- Each measure by its own previous day. So there is a row for each day, and not for each
-- combination of days.
recency as (
    select
        counted.property_id,
        counted.dimension,
        counted.value,
        counted.day,
        places.previous_day,
        {% for measure in measures -%}
        coalesce(sum(counted.visitors) filter (where places.measure = '{{ measure }}'), 0)::integer
            as {{ measure }},
        {% endfor -%}
        {{ build_cutoff() }} as generated_at
    from counted
    cross join
        lateral (
            values
            {% for measure in measures -%}
            ('{{ measure }}', counted.day_before_of_{{ measure }}){{ ',' if not loop.last }}
            {% endfor %}
        ) as places (measure, previous_day)
    where places.previous_day is not null
    group by
        counted.property_id,
        counted.dimension,
        counted.value,
        counted.day,
        places.previous_day
)

select * from recency
