-- Engaged time and scroll depth of a page are those of its raw events, and of each page view those
-- of its last report.
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

measured as (
    {{ recounted_pages('daily_pages') }}
),

raw_values as (
    select
        property_id,
        day,
        path,
        count(engaged_ms) as engaged_samples,
        percentile_cont(0.5) within group (order by engaged_ms) as median_engaged_ms,
        count(scroll_percent) as scroll_samples,
        avg(scroll_percent) as mean_scroll_percent
    from measured
    where coalesce(engaged_ms, scroll_percent) is not null
    group by
        property_id,
        day,
        path
)

select
    property_id,
    day,
    path,
    pages.median_engaged_ms as mart_median_engaged_ms,
    raw_values.median_engaged_ms as raw_median_engaged_ms,
    pages.mean_scroll_percent as mart_mean_scroll_percent,
    raw_values.mean_scroll_percent as raw_mean_scroll_percent
from {{ ref('daily_pages') }} as pages
full join raw_values using (property_id, day, path)
where
    day >= (select horizon.held_from from horizon)
    and day not in (
        {{ erased_since('daily_pages') }}
    )
    and (
        coalesce(pages.engaged_samples, 0) <> coalesce(raw_values.engaged_samples, 0)
        or coalesce(pages.scroll_samples, 0) <> coalesce(raw_values.scroll_samples, 0)
        or pages.median_engaged_ms is distinct from raw_values.median_engaged_ms
        -- A mean depends on the order in which it was added up, in its last digits.
        or round(pages.mean_scroll_percent::numeric, 6)
        is distinct from round(raw_values.mean_scroll_percent::numeric, 6)
    )
