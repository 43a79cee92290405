with

recounted as (
    select
        property_id::text as property_id,
        occurred_on as day,
        traffic_source::text as traffic_source,
        count(*) as events,
        count(*) filter (where event_type = 'page_view') as page_views,
        count(distinct visitor_id) as visitors,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_conversion) as conversions
    from {{ source('raw', 'events') }}
    where {{ is_recounted('daily_traffic_sources', 'occurred_on', 'created_at') }}
    group by
        property_id,
        occurred_on,
        traffic_source
)

{{ differences(
    'daily_traffic_sources',
    ['property_id', 'day', 'traffic_source'],
    ['events', 'page_views', 'visitors', 'entrances', 'conversions']
) }}
