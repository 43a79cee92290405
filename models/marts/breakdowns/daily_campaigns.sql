{{ config(meta={'also_touches': 'days_of_changed_sessions', 'shape': 4}) }}

{{ visits_by(
    'campaign_key',
    {
        'utm_source': "coalesce(utm_source, '(not set)')",
        'utm_medium': "coalesce(utm_medium, '(not set)')",
        'utm_campaign': "coalesce(utm_campaign, '(not set)')",
    },
    'coalesce(utm_source, utm_medium, utm_campaign) is not null',
) }}
