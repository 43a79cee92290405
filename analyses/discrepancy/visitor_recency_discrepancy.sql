-- Days before raw's horizon are all one here: which of them a visitor came on, raw cannot say.
with

sights as (
    {{ recounted_first_sights('visitor_recency') }}
),

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

seen as (
    select
        property_id::text as property_id,
        occurred_on as day,
        visitor_id
    from {{ source('raw', 'events') }}
    where
        occurred_on >= (select horizon.held_from from horizon)
        and occurred_on <= '{{ var("discrepancy_to", "9999-12-31") }}'::date
        and created_at < {{ counted_through('visitor_recency') }}
    group by
        property_id,
        occurred_on,
        visitor_id
),

-- The empty property is all of them together: a visitor of two is one visitor.
visits as (
    select * from seen
    union all
    select distinct
        '' as property_id,
        day,
        visitor_id
    from seen
),

known as (
    select
        visits.*,
        sights.first_seen_at < visits.day::timestamp at time zone 'UTC' as is_returning
    from visits
    inner join sights
        on visits.visitor_id = sights.visitor_id
),

dated as (
    select
        property_id,
        day,
        is_returning,
        lag(day) over (
            partition by property_id, visitor_id
            order by day asc
        ) as previous_day,
        max(case when is_returning then day end) over (
            partition by property_id, visitor_id
            order by day asc
            rows between unbounded preceding and 1 preceding
        ) as previous_returning_day
    from known
),

placed as (
    select
        property_id,
        day,
        coalesce(previous_day, '0001-01-01') as previous_day,
        1 as visitors,
        0 as returning_visitors
    from dated
    union all
    select
        property_id,
        day,
        coalesce(previous_returning_day, '0001-01-01') as previous_day,
        0 as visitors,
        1 as returning_visitors
    from dated
    where is_returning
),

recounted as (
    select
        property_id,
        day,
        previous_day,
        sum(visitors) as visitors,
        sum(returning_visitors) as returning_visitors
    from placed
    where
        day between '{{ var("discrepancy_from", "0001-01-01") }}'::date
        and '{{ var("discrepancy_to", "9999-12-31") }}'::date
    group by
        property_id,
        day,
        previous_day
),

comparable as (
    select
        recency.property_id,
        recency.day,
        case
            when recency.previous_day < horizon.held_from then '0001-01-01'
            else recency.previous_day
        end as previous_day,
        sum(recency.visitors) as visitors,
        sum(recency.returning_visitors) as returning_visitors
    from {{ ref('visitor_recency') }} as recency
    cross join horizon
    group by
        recency.property_id,
        recency.day,
        case
            when recency.previous_day < horizon.held_from then '0001-01-01'
            else recency.previous_day
        end
)

{{ differences(
    'visitor_recency',
    ['property_id', 'day', 'previous_day'],
    ['visitors', 'returning_visitors'],
    rows='comparable'
) }}
