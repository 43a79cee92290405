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

late as (
    select
        events.property_id,
        events.occurred_on as day,
        count(*) as late_rows
    from (
        select distinct
            property_id,
            day,
            published_at
        from compared
        where value_before is distinct from value_after
    ) as moved
    cross join build
    inner join {{ source('raw', 'events') }} as events
        on
            moved.property_id = events.property_id
            and moved.day = events.occurred_on
    where
        events.occurred_on in ({{ touched_days() }})
        and events.created_at < build.cutoff
        {%- if watermark %}
        and {{ is_newly_received('events', watermark) }}
        {%- else %}
        and events.created_at >= moved.published_at
        {%- endif %}
    group by
        events.property_id,
        events.occurred_on
)

select
    '{{ model.name }}' as mart,
    compared.property_id,
    compared.day,
    compared.measure,
    build.cutoff as restated_at,
    compared.published_at,
    coalesce(late.late_rows, 0) as late_rows,
    compared.value_before,
    compared.value_after
from compared
cross join build
left join late
    on
        compared.property_id = late.property_id
        and compared.day = late.day
where
    compared.value_before is distinct from compared.value_after
    and compared.day >= '{{ held_from }}'::date
    and compared.published_at >= compared.ended_at
on conflict do nothing
{%- endmacro -%}
