with

visits_of_days as (
    {{ recounted_sessions('daily_campaigns') }}
),

of_campaigns as (
    select
        property_id,
        day,
        coalesce(utm_source, '(not set)') as utm_source,
        coalesce(utm_medium, '(not set)') as utm_medium,
        coalesce(utm_campaign, '(not set)') as utm_campaign,
        count(*) as sessions,
        count(distinct visitor_id) as visitors,
        sum(page_views) as page_views,
        sum(conversions) as conversions,
        count(*) filter (where is_converted) as converted_sessions,
        count(*) filter (where is_converted)::double precision / count(*) as conversion_rate
    from visits_of_days
    where
        utm_source is not null
        or utm_medium is not null
        or utm_campaign is not null
    group by
        property_id,
        day,
        coalesce(utm_source, '(not set)'),
        coalesce(utm_medium, '(not set)'),
        coalesce(utm_campaign, '(not set)')
),

recounted as (
    select
        *,
        encode(
            substr(
                sha256(
                    convert_to(
                        json_build_array(utm_source, utm_medium, utm_campaign)::text, 'UTF8'
                    )
                ),
                1,
                16
            ),
            'hex'
        )::uuid as campaign_key
    from of_campaigns
)

{{ differences(
    'daily_campaigns',
    ['property_id', 'day', 'utm_source', 'utm_medium', 'utm_campaign'],
    [
        'campaign_key', 'sessions', 'visitors', 'page_views', 'conversions', 'converted_sessions',
        'conversion_rate'
    ]
) }}
