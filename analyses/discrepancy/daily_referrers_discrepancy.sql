with

recounted as (
    {{ recounted_visits_by(
        'daily_referrers',
        'referrer_key',
        {
            'referrer_host': 'referrer_host',
            'referrer_page': 'referrer_page'
        },
        'referrer_host is not null'
    ) }}
)

{{ differences(
    'daily_referrers',
    ['property_id', 'day', 'is_bot', 'referrer_host', 'referrer_page'],
    [
        'sessions', 'visitors', 'page_views', 'conversions', 'converted_sessions',
        'conversion_rate', 'bounces', 'bounce_rate', 'engaged_ms', 'referrer_key'
    ]
) }}
