with

recounted as (
    select
        property_id::text as property_id,
        occurred_on as day,
        coalesce(country_code::text, 'unknown') as country_code,
        count(*) as events,
        count(*) filter (where event_type = 'page_view') as page_views,
        count(distinct visitor_id) as visitors,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_conversion) as conversions
    from {{ source('raw', 'events') }}
    where {{ is_recounted('daily_countries', 'occurred_on', 'created_at') }}
    group by
        property_id,
        occurred_on,
        country_code
)

{{ differences(
    'daily_countries',
    ['property_id', 'day', 'country_code'],
    ['events', 'page_views', 'visitors', 'entrances', 'conversions']
) }}
