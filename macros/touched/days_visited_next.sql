{#
    Days on which the visitors of new events came next: there the day before is another one now. The
    next two, because the first of them may be returning by the new event, which the second looks back
    to. On a day that is recounted any visitor may have come or gone: all days after it.
#}
{%- macro days_visited_next(watermark, recounted_from) -%}
{%- set mart = adapter.get_relation(target.database, target.schema, 'visitor_days') -%}
select later.day
from (
    select distinct
        visitor_id,
        occurred_on as day
    from {{ source('raw', 'events') }} as events
    where {{ is_newly_received('events', watermark) }}
) as received
cross join lateral (
    select
        visitor_days.day,
        dense_rank() over (order by visitor_days.day asc) as place,
        dense_rank() over (
            partition by visitor_days.property_id
            order by visitor_days.day asc
        ) as place_on_property
    from {{ mart }} as visitor_days
    where
        visitor_days.visitor_id = received.visitor_id
        and visitor_days.day > received.day
) as later
where
    later.place <= 2
    or later.place_on_property <= 2
{% if recounted_from %}
union
select day from {{ mart }}
where day >= '{{ recounted_from }}'::date
{% endif %}
{%- endmacro -%}
