{# Besides the touched days, the days on which their visitors came next: days_visited_next(). #}
{{ config(meta={'also_touches': 'days_visited_next'}) }}

with

-- Not materialized, so that the days before are found by the index of visitors and not by reading
-- them all for each visitor.
known_days as not materialized (
    select
        property_id,
        day,
        visitor_id,
        is_returning
    from {{ ref('visitor_days') }}
),

visits as (
    select
        property_id,
        day,
        visitor_id,
        is_returning
    from known_days
    {% if is_incremental() %}
    where day in ({{ touched_days() }})
    {% endif %}
    union all
    -- All properties together: a visitor of two of them is one visitor.
    select
        '' as property_id,
        day,
        visitor_id,
        bool_or(is_returning) as is_returning
    from known_days
    {% if is_incremental() %}
    where day in ({{ touched_days() }})
    {% endif %}
    group by
        day,
        visitor_id
),

{% if is_incremental() %}
-- By the index of visitors and days: what a day costs does not grow with the history before it.
dated_visits as (
    select
        visits.property_id,
        visits.day,
        visits.is_returning,
        earlier.previous_day,
        earlier.previous_returning_day
    from visits
    cross join lateral (
        select
            max(known_days.day) as previous_day,
            max(known_days.day) filter (where known_days.is_returning) as previous_returning_day
        from known_days
        where
            known_days.visitor_id = visits.visitor_id
            and known_days.day < visits.day
            and visits.property_id in ('', known_days.property_id)
    ) as earlier
),
{% else %}
dated_visits as (
    select
        property_id,
        day,
        is_returning,
        max(day) over earlier as previous_day,
        max(day) filter (where is_returning) over earlier as previous_returning_day
    from visits
    window earlier as (
        partition by property_id, visitor_id
        order by day asc
        rows between unbounded preceding and 1 preceding
    )
),
{% endif %}

counted as (
    select
        property_id,
        day,
        previous_day,
        previous_returning_day,
        count(*) as visitors,
        count(*) filter (where is_returning) as returning_visitors
    from dated_visits
    group by
        property_id,
        day,
        previous_day,
        previous_returning_day
),

-- Each of the two measures by its own previous day. So there is a row for each day, and not for
-- each pair of days.
recency as (
    select
        counted.property_id,
        counted.day,
        coalesce(places.previous_day, '0001-01-01') as previous_day,
        sum(places.visitors)::bigint as visitors,
        sum(places.returning_visitors)::bigint as returning_visitors,
        {{ build_cutoff() }} as generated_at
    from counted
    cross join
        lateral (
            values
            (counted.previous_day, counted.visitors, 0),
            (counted.previous_returning_day, 0, counted.returning_visitors)
        ) as places (previous_day, visitors, returning_visitors)
    where places.visitors + places.returning_visitors > 0
    group by
        counted.property_id,
        counted.day,
        coalesce(places.previous_day, '0001-01-01')
)

select * from recency
