{#
    The end of a mart of recency. Each row of the CTE `series` is one visitor whom a daily mart counts in
    one of its rows, by `keys`. A window that adds those rows up counts the visitor again on each of them
    but the first; so what is kept is by when they were counted before. The empty property stands for all
    together: there a visitor of two on one day was counted before on that day.
#}
{%- macro recency_lists(keys) -%}
{%- set keys = keys | join(',\n        ') -%}
scoped as (
    select
        scopes.property_id,
        {{ keys }},
        series.visitor_id,
        series.day,
        series.is_person,
        series.is_bot
    from series
    cross join lateral (values (series.property_id), ('')) as scopes (property_id)
),

dated as (
    select
        property_id,
        {{ keys }},
        day,
        max(day) over earlier as of_visitors,
        case when is_person then max(day) filter (where is_person) over earlier end as of_people,
        case when is_bot then max(day) filter (where is_bot) over earlier end as of_bots
    from scoped
    window earlier as (
        partition by
            property_id,
            {{ keys }},
            visitor_id
        order by day asc
        rows between unbounded preceding and 1 preceding
    )
),

counted as (
    select
        property_id,
        {{ keys }},
        day,
        places.previous_day,
        count(*) filter (where places.measure = 'visitors') as visitors,
        count(*) filter (where places.measure = 'people') as people,
        count(*) filter (where places.measure = 'bots') as bots
    from dated
    cross join
        lateral (
            values ('visitors', of_visitors), ('people', of_people), ('bots', of_bots)
        ) as places (measure, previous_day)
    where
        places.previous_day is not null
        {% if is_incremental() -%}
        and day in ({{ touched_days() }})
        {%- endif %}
    group by
        property_id,
        {{ keys }},
        day,
        places.previous_day
),

-- Added up from the earliest on, so that a window finds its visitors at one place.
summed as (
    select
        property_id,
        {{ keys }},
        day,
        previous_day,
        sum(visitors) over up_to as visitors,
        sum(people) over up_to as people,
        sum(bots) over up_to as bots
    from counted
    window up_to as (
        partition by
            property_id,
            {{ keys }},
            day
        order by previous_day asc
    )
),

recency as (
    select
        property_id,
        day,
        {{ keys }},
        array_agg(previous_day order by previous_day asc) as previous_days,
        array_agg(visitors::integer order by previous_day asc) as visitors_up_to,
        array_agg(people::integer order by previous_day asc) as people_up_to,
        array_agg(bots::integer order by previous_day asc) as bots_up_to,
        {{ build_cutoff() }} as generated_at
    from summed
    group by
        property_id,
        day,
        {{ keys }}
)

select * from recency
{%- endmacro -%}
