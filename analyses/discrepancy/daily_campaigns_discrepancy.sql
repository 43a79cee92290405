with

recounted as (
    {{ recounted_visits_by(
        'daily_campaigns',
        'campaign_key',
        {
            'utm_source': "coalesce(utm_source, '(not set)')",
            'utm_medium': "coalesce(utm_medium, '(not set)')",
            'utm_campaign': "coalesce(utm_campaign, '(not set)')"
        },
        'num_nonnulls(utm_source, utm_medium, utm_campaign) > 0'
    ) }}
)

{{ differences(
    'daily_campaigns',
    ['property_id', 'day', 'is_bot', 'utm_source', 'utm_medium', 'utm_campaign'],
    [
        'sessions', 'visitors', 'page_views', 'conversions', 'converted_sessions',
        'conversion_rate', 'bounces', 'bounce_rate', 'engaged_ms', 'campaign_key'
    ]
) }}
