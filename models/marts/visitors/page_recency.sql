{# Besides the touched days, those on which their visitors saw the same pages next:
   days_pages_seen_next(). #}
{{ config(meta={'also_touches': 'days_pages_seen_next'}) }}

with

visits as {{ 'materialized' if is_incremental() else 'not materialized' }} (
    {{ visits_until_touched_days(['path_keys']) }}
),

again as materialized (
    select visitor_id from visits
    group by visitor_id
    having count(*) > 1
),

-- Most came once. They have no day before.
once as (
    select
        visits.property_id,
        pages.path_key,
        visits.day,
        count(*) as visitors,
        count(*) filter (where not visits.is_bot) as people,
        count(*) filter (where visits.is_bot) as bots
    from visits
    left join again
        on visits.visitor_id = again.visitor_id
    cross join lateral unnest(visits.path_keys) as pages (path_key)
    where again.visitor_id is null
    group by
        visits.property_id,
        pages.path_key,
        visits.day
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
    inner join again
        on visits.visitor_id = again.visitor_id
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

placed as (
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
    {% if is_incremental() %}
    where
        places.previous_day is not null
        and dated.day in ({{ touched_days() }})
    {% else %}
    where places.previous_day is not null
    {% endif %}
    group by
        dated.property_id,
        dated.path_key,
        dated.day,
        places.previous_day
    union all
    select
        scopes.property_id,
        once.path_key,
        once.day,
        '0001-01-01' as previous_day,
        once.visitors,
        once.people,
        once.bots
    from once
    cross join lateral (values (once.property_id), ('')) as scopes (property_id)
),

counted as (
    select
        property_id,
        path_key,
        day,
        previous_day,
        sum(visitors) as visitors,
        sum(people) as people,
        sum(bots) as bots
    from placed
    group by
        property_id,
        path_key,
        day,
        previous_day
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

-- Of a property only what daily_pages does not say: where nobody had seen the path before, all its
-- visitors of the day count in any window.
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
    having
        property_id = ''
        or max(previous_day) > '0001-01-01'
)

select * from recency
