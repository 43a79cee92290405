{# Besides the touched days, those on which their visitors saw the same pages next:
   days_pages_seen_next(). #}
{{ config(meta={'also_touches': 'days_pages_seen_next'}) }}

with

visits as (
    {{ visits_until_touched_days(['path_keys']) }}
),

series as (
    select
        scopes.property_id,
        pages.path_key,
        visits.visitor_id,
        visits.day,
        bool_or(not visits.is_bot) as is_person,
        bool_or(visits.is_bot) as is_bot
    from visits
    cross join lateral unnest(visits.path_keys) as pages (path_key)
    cross join lateral (values (visits.property_id), ('')) as scopes (property_id)
    group by
        scopes.property_id,
        pages.path_key,
        visits.visitor_id,
        visits.day
),

dated as (
    select
        property_id,
        path_key,
        day,
        coalesce(max(day) over earlier, '0001-01-01') as of_visitors,
        case
            when is_person
                then coalesce(max(day) filter (where is_person) over earlier, '0001-01-01')
        end as of_people,
        case
            when is_bot
                then coalesce(max(day) filter (where is_bot) over earlier, '0001-01-01')
        end as of_bots
    from series
    window earlier as (
        partition by property_id, path_key, visitor_id
        order by day asc
        rows between unbounded preceding and 1 preceding
    )
),

counted as (
    select
        dated.property_id,
        dated.path_key,
        dated.day,
        places.previous_day,
        count(*) filter (where places.measure = 'visitors') as visitors,
        count(*) filter (where places.measure = 'people') as people,
        count(*) filter (where places.measure = 'bots') as bots
    from dated
    cross join
        lateral (
            values
            ('visitors', dated.of_visitors),
            ('people', dated.of_people),
            ('bots', dated.of_bots)
        ) as places (measure, previous_day)
    where
        places.previous_day is not null
        {% if is_incremental() %}
        and dated.day in ({{ touched_days() }})
        {% endif %}
    group by
        dated.property_id,
        dated.path_key,
        dated.day,
        places.previous_day
),

-- Added up from the earliest on, so that a window finds its visitors at one place.
summed as (
    select
        property_id,
        path_key,
        day,
        previous_day,
        sum(visitors) over up_to as visitors,
        sum(people) over up_to as people,
        sum(bots) over up_to as bots
    from counted
    window up_to as (
        partition by property_id, path_key, day
        order by previous_day asc
    )
),

recency as (
    select
        property_id,
        day,
        path_key,
        array_agg(previous_day order by previous_day asc) as previous_days,
        array_agg(visitors::integer order by previous_day asc) as visitors_up_to,
        array_agg(people::integer order by previous_day asc) as people_up_to,
        array_agg(bots::integer order by previous_day asc) as bots_up_to,
        {{ build_cutoff() }} as generated_at
    from summed
    group by
        property_id,
        path_key,
        day
)

select * from recency
