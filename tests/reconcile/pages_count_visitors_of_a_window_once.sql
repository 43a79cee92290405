-- Who saw a page in the last days, or in all that raw holds, is counted once for it.
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

watermark as (
    select received_through
    from {{ source('analytics_state', 'rollup_watermarks') }}
    where mart = 'page_recency'
),

seen as (
    select
        coalesce(page, path)::text as path,
        visitor_id,
        occurred_on as day
    from {{ source('raw', 'events') }}
    where
        path is not null
        and created_at < (select watermark.received_through from watermark)
    group by
        coalesce(page, path)::text,
        visitor_id,
        occurred_on
),

last_days as (
    select max(day) as day from seen
),

windows as (
    select distinct
        greatest(
            last_days.day - lengths.days,
            (select min(seen.day) from seen),
            (select horizon.held_from from horizon)
        ) as first_day
    from last_days
    cross join (values (6), (1000000)) as lengths (days)
    where last_days.day is not null
),

raw_counts as (
    select
        windows.first_day,
        {{ text_key(['seen.path']) }} as path_key,
        count(distinct seen.visitor_id) as visitors
    from windows
    inner join seen
        on windows.first_day <= seen.day
    group by
        windows.first_day,
        seen.path
),

days_counted as (
    select
        windows.first_day,
        pages.path_key,
        sum(pages.visitors) as visitors
    from windows
    inner join {{ ref('daily_pages') }} as pages
        on windows.first_day <= pages.day
    group by
        windows.first_day,
        pages.path_key
),

counted_again as (
    select
        windows.first_day,
        recency.path_key,
        {{ counted_again('recency', 'windows.first_day') }} as visitors
    from windows
    inner join {{ ref('page_recency') }} as recency
        on
            windows.first_day <= recency.day
            and recency.property_id = ''
    group by
        windows.first_day,
        recency.path_key
),

-- A page that only recency knows has nobody on its days, which is a difference too.
mart_counts as (
    select
        first_day,
        path_key,
        coalesce(days_counted.visitors, 0) - coalesce(counted_again.visitors, 0) as visitors
    from days_counted
    full join counted_again using (first_day, path_key)
)

select
    first_day,
    path_key,
    mart_counts.visitors as mart_visitors,
    raw_counts.visitors as raw_visitors
from mart_counts
full join raw_counts using (first_day, path_key)
where
    mart_counts.visitors is distinct from raw_counts.visitors
    -- A window has all its days in it.
    and not exists (
        {{ erased_since('page_recency') }}
    )
    -- Of two builds, each of a part, one may know events that the other does not.
    and (select watermark.received_through from watermark) = (
        select watermarks.received_through
        from {{ source('analytics_state', 'rollup_watermarks') }} as watermarks
        where watermarks.mart = 'daily_pages'
    )
