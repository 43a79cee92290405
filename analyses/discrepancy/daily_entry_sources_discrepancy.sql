with

recounted as (
    {{ recounted_visits_by(
        'daily_entry_sources',
        'source_key',
        {
            'traffic_source': 'traffic_source'
        },
        'true'
    ) }}
)

{{ differences(
    'daily_entry_sources',
    ['property_id', 'day', 'is_bot', 'traffic_source'],
    [
        'sessions', 'visitors', 'page_views', 'conversions', 'converted_sessions',
        'conversion_rate', 'bounces', 'bounce_rate', 'engaged_ms', 'source_key'
    ]
) }}
