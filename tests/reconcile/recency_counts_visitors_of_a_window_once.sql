-- The visitors of the last days, of the last month and of all that raw holds are counted once each.
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

watermark as (
    select received_through
    from {{ source('analytics_state', 'rollup_watermarks') }}
    where mart = 'visitor_recency'
),

visitor_days as (
    select
        events.property_id::text as property_id,
        events.occurred_on as day,
        events.visitor_id
    from {{ source('raw', 'events') }} as events
    where events.created_at < (select watermark.received_through from watermark)
    group by
        events.property_id,
        events.occurred_on,
        events.visitor_id
),

last_days as (
    select max(day) as day from visitor_days
),

windows as (
    select distinct
        greatest(
            last_days.day - lengths.days,
            (select min(visitor_days.day) from visitor_days),
            (select horizon.held_from from horizon)
        ) as first_day
    from last_days
    cross join (values (0), (6), (29), (1000000)) as lengths (days)
    where last_days.day is not null
),

raw_counts as (
    select
        windows.first_day,
        visitor_days.property_id,
        count(distinct visitor_days.visitor_id) as visitors
    from windows
    inner join visitor_days
        on windows.first_day <= visitor_days.day
    group by
        windows.first_day,
        visitor_days.property_id
    union all
    select
        windows.first_day,
        '' as property_id,
        count(distinct visitor_days.visitor_id) as visitors
    from windows
    inner join visitor_days
        on windows.first_day <= visitor_days.day
    group by windows.first_day
),

mart_counts as (
    select
        windows.first_day,
        recency.property_id,
        sum(recency.visitors) filter (where recency.previous_day < windows.first_day) as visitors
    from windows
    inner join {{ ref('visitor_recency') }} as recency
        on
            windows.first_day <= recency.day
            and recency.dimension = ''
    group by
        windows.first_day,
        recency.property_id
)

select
    first_day,
    property_id,
    mart_counts.visitors as mart_visitors,
    raw_counts.visitors as raw_visitors
from mart_counts
full join raw_counts using (first_day, property_id)
where
    mart_counts.visitors is distinct from raw_counts.visitors
    -- A window has all its days in it.
    and not exists (
        {{ erased_since('visitor_recency') }}
    )
