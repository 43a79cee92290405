{#
    Writes down by how much the measures of published days move. A day is published by the first build
    after it has ended, whether that had anything to rebuild on it or not: as the mart's watermark says.
    Runs before the days are replaced and the watermark moves, in the same transaction.
#}
{%- macro note_restatements(arg_dict, held_from) -%}
{%- set measures = arg_dict['dest_columns']
    | selectattr('dtype', 'in', ['bigint', 'integer']) | map(attribute='name') | list -%}
{%- set watermark = watermarks().get(model.name) -%}
insert into {{ source('analytics_state', 'rollup_restatements') }} (
    mart, property_id, day, measure, restated_at, published_at, late_rows, value_before, value_after
)
with

build as (
    select cutoff from {{ source('analytics_state', 'rollup_builds') }}
    where invocation_id = '{{ invocation_id }}'
),

last_build as (
    select max(received_through) as received_through
    from {{ source('analytics_state', 'rollup_watermarks') }}
    where mart = '{{ model.name }}'
),

before as (
    select *
    from {{ arg_dict['target_relation'] }}
    where day in ({{ touched_days() }})
),

after as (
    select * from {{ arg_dict['temp_relation'] }}
),

-- A day ends when the next one begins, by the clocks of the property.
following as (
    select
        property_id,
        day + 1 as day
    from before
    union
    select
        property_id,
        day + 1
    from after
),

ends as (
    select
        following.property_id,
        following.day - 1 as day,
        following.day::timestamp at time zone coalesce(zones.time_zone, 'UTC') as ended_at
    from following
    {{ join_zones('following') }}
),

compared as (
    select
        property_id,
        day,
        -- Of a day that was last built before its end, the builds since then have published it.
        case
            when before.generated_at >= ends.ended_at
                then before.generated_at
            else coalesce(last_build.received_through, before.generated_at)
        end as published_at,
        ends.ended_at,
        measures.measure,
        measures.value_before,
        measures.value_after
    from before
    full join after using (property_id, day)
    inner join ends using (property_id, day)
    cross join last_build
    cross join lateral (
        values
        {% for measure in measures -%}
        ('{{ measure }}', before.{{ measure }}::numeric, after.{{ measure }}::numeric)
        {{- ',' if not loop.last }}
        {% endfor %}
    ) as measures (measure, value_before, value_after)
),

moved as (
    select * from compared
    where
        value_before is distinct from value_after
        and day >= '{{ held_from }}'::date
        and published_at >= ended_at
),

-- Once for each day of a property, and not for each of its measures.
late as (
    select
        days.property_id,
        days.day,
        count(*) as late_rows
    from (
        select distinct
            property_id,
            day,
            published_at
        from moved
    ) as days
    inner join {{ source('raw', 'events') }} as events
        on
            days.day = events.occurred_on
            and days.property_id = events.property_id
    cross join build
    where
        events.occurred_on in ({{ touched_days() }})
        and events.created_at < build.cutoff
        {%- if watermark %}
        and {{ is_newly_received('events', watermark) }}
        {%- else %}
        and events.created_at >= days.published_at
        {%- endif %}
    group by
        days.property_id,
        days.day
)

select
    '{{ model.name }}' as mart,
    moved.property_id,
    moved.day,
    moved.measure,
    build.cutoff as restated_at,
    moved.published_at,
    coalesce(late.late_rows, 0) as late_rows,
    moved.value_before,
    moved.value_after
from moved
cross join build
left join late using (property_id, day)
on conflict do nothing
{%- endmacro -%}
