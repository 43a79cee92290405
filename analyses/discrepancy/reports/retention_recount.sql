-- What retention says, counted from raw: for each property that is asked for the weeks in which
-- visitors first came in the window, and those in which they came again. The empty property is all
-- of them.
{% set wanted = "'" ~ var("discrepancy_properties", '[""]') ~ "'::jsonb" %}
with

came as (
    select distinct
        scopes.property_id,
        events.visitor_id,
        events.occurred_on as day
    from {{ source('raw', 'events') }} as events
    cross join lateral (values (events.property_id::text), ('')) as scopes (property_id)
    where
        events.occurred_on <= '{{ var("discrepancy_to", "9999-12-31") }}'::date
        and events.created_at < {{ counted_through('visitor_days') }}
        and {{ wanted }} ? scopes.property_id
),

firsts as (
    select
        property_id,
        visitor_id,
        min(day) as first_day
    from came
    group by
        property_id,
        visitor_id
)

select
    came.property_id,
    date_trunc('week', firsts.first_day)::date as first_week,
    date_trunc('week', came.day)::date as week,
    count(distinct came.visitor_id) as visitors
from came
inner join firsts
    on
        came.property_id = firsts.property_id
        and came.visitor_id = firsts.visitor_id
where firsts.first_day >= '{{ var("discrepancy_from", "0001-01-01") }}'::date
group by
    came.property_id,
    date_trunc('week', firsts.first_day),
    date_trunc('week', came.day)
