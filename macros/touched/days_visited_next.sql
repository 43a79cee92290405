{#
    Days on which the visitors of new events came next with a value that those have: there the day before
    is another one now. Whom they make older is returning on the day that was the first, and so the next
    returning day with a value of that day looks back to it. Of each property, and of people and bots
    apart: the next day of all together is one of those. On a day that is recounted any visitor may have
    come or gone: all days after it.
#}
{%- macro days_visited_next(watermark, recounted_from, values=none) -%}
{%- set mart = adapter.get_relation(target.database, target.schema, 'visitor_days') -%}
{%- set values = values or {
    'any': ["''", "array['']"],
    'traffic_source': ['traffic_source', 'known.traffic_sources::text[]'],
    'device_type': ['device_type', 'known.device_types::text[]'],
    'country': ["coalesce(country_code, 'unknown')", 'known.country_codes::text[]'],
    'event_type': ['event_type', 'known.event_types::text[]'],
} -%}
with received as materialized (
    select distinct
        events.visitor_id,
        events.occurred_on as day,
        found.dimension,
        found.value
    from {{ of_received('events', watermark) }} as events
    cross join
        lateral (
            values
            {% for dimension, (of_event, _) in values.items() -%}
            ('{{ dimension }}', ({{ of_event }})::text){{ ',' if not loop.last }}
            {% endfor %}
        ) as found (dimension, value)
    where {{ is_newly_received('events', watermark) }}
),

-- Lateral and kept apart, so that each visitor is looked up by the index.
later as materialized (
    select
        known.visitor_id,
        known.property_id,
        known.is_bot,
        known.is_returning,
        known.day,
        found.dimension,
        found.value
    from (
        select
            visitor_id,
            min(day) as day
        from received
        group by visitor_id
    ) as firsts
    cross join
        lateral (
            select visitor_days.*
            from {{ mart }} as visitor_days
            where
                visitor_days.visitor_id = firsts.visitor_id
                and visitor_days.day > firsts.day
            offset 0
        ) as known
    cross join
        lateral (
            {% for dimension, (_, of_days) in values.items() -%}
            select
                '{{ dimension }}' as dimension,
                unnest({{ of_days }})::text as value
            {{ 'union all' if not loop.last }}
            {% endfor %}
        ) as found
),

changed as (
    select
        visitor_id,
        day,
        dimension,
        value
    from received
    union
    select
        visitor_id,
        day,
        dimension,
        value
    from later
    where not is_returning
)

select min(later.day) as day
from changed
inner join later
    on
        changed.visitor_id = later.visitor_id
        and changed.dimension = later.dimension
        and changed.value = later.value
        and changed.day < later.day
group by
    changed.visitor_id,
    changed.day,
    changed.dimension,
    changed.value,
    later.property_id,
    later.is_bot
{% if recounted_from %}
union
select day from {{ mart }}
where day >= '{{ recounted_from }}'::date
{% endif %}
{%- endmacro -%}
