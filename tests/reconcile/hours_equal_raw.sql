-- Each hour has the page views and conversions that raw has by the clocks of the property.
-- Quarters of an hour are told first, as no clock is further apart from another.
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

watermark as (
    select received_through
    from {{ source('analytics_state', 'rollup_watermarks') }}
    where mart = 'daily_hours'
),

quarters as (
    select
        property_id::text as property_id,
        occurred_on as day,
        date_bin(interval '15 minutes', "timestamp", '2000-01-01 00:00:00+00') as began_at,
        device_type = 'bot' as is_bot,
        count(*) filter (where event_type = 'page_view') as page_views,
        count(*) filter (where is_conversion) as conversions
    from {{ source('raw', 'events') }}
    where created_at < (select watermark.received_through from watermark)
    group by
        property_id,
        occurred_on,
        date_bin(interval '15 minutes', "timestamp", '2000-01-01 00:00:00+00'),
        device_type = 'bot'
),

raw_counts as (
    select
        property_id,
        day,
        hour,
        is_bot,
        sum(page_views) as page_views,
        sum(conversions) as conversions
    from (
        select
            quarters.*,
            extract(
                hour from
                {{ recounted_local('quarters.began_at', 'quarters.property_id', 'quarters.day') }}
            ) as hour
        from quarters
    ) as placed
    group by
        property_id,
        day,
        hour,
        is_bot
),

mart_counts as (
    select * from {{ ref('daily_hours') }}
    where property_id != ''
)

select
    property_id,
    day,
    hour,
    is_bot,
    array[mart_counts.page_views, mart_counts.conversions] as mart_values,
    array[raw_counts.page_views, raw_counts.conversions] as raw_values
from mart_counts
full join raw_counts using (property_id, day, hour, is_bot)
where
    day >= (select horizon.held_from from horizon)
    and day not in (
        {{ erased_since('daily_hours') }}
    )
    and (
        mart_counts.page_views is distinct from raw_counts.page_views
        or mart_counts.conversions is distinct from raw_counts.conversions
    )
