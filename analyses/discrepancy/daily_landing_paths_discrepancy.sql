with

recounted as (
    {{ recounted_visits_by(
        'daily_landing_paths',
        'path_key',
        {
            'path': 'entry_path'
        },
        'entry_path is not null'
    ) }}
)

{{ differences(
    'daily_landing_paths',
    ['property_id', 'day', 'is_bot', 'path'],
    [
        'sessions', 'visitors', 'page_views', 'conversions', 'converted_sessions',
        'conversion_rate', 'bounces', 'bounce_rate', 'engaged_ms', 'path_key'
    ]
) }}
