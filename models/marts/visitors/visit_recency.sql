{# Besides the touched days, those on which visits began later: days_of_later_visits(). #}
{{ config(meta={'also_touches': 'days_of_later_visits'}) }}
{% set referrer_page = ['visits.referrer_host', 'visits.referrer_page'] %}
{% set campaign = [
    "coalesce(visits.utm_source, '(not set)')",
    "coalesce(visits.utm_medium, '(not set)')",
    "coalesce(visits.utm_campaign, '(not set)')",
] %}

with

visits as {{ 'materialized' if is_incremental() else 'not materialized' }} (
    {{ visits_until_touched_days(
        'sessions',
        [
            'traffic_source', 'entry_path', 'exit_path', 'referrer_host', 'referrer_page', 'utm_source',
            'utm_medium', 'utm_campaign'
        ],
    ) }}
),

-- Most came once, and by nothing before.
again as materialized (
    select visitor_id from visits
    group by visitor_id
    having count(*) > 1
),

keyed as (
    select
        visits.property_id,
        visits.visitor_id,
        visits.day,
        visits.is_bot,
        {{ text_key(['visits.traffic_source']) }} as source_key,
        case
            when visits.entry_path is not null then {{ text_key(['visits.entry_path']) }}
        end as landing_key,
        case
            when visits.exit_path is not null then {{ text_key(['visits.exit_path']) }}
        end as exit_key,
        case
            when visits.referrer_host is not null then {{ text_key(['visits.referrer_host']) }}
        end as host_key,
        case
            when visits.referrer_host is not null then {{ text_key(referrer_page) }}
        end as referrer_key,
        case
            when coalesce(visits.utm_source, visits.utm_medium, visits.utm_campaign) is not null
                then {{ text_key(campaign) }}
        end as campaign_key
    from visits
    inner join again
        on visits.visitor_id = again.visitor_id
),

-- Whom the daily marts count in a row. daily_referrers does so by host and page: by host alone, a
-- visitor of two pages of it is in two rows.
series as (
    select distinct
        keyed.property_id,
        found.dimension,
        found.value_key,
        found.row_key,
        keyed.visitor_id,
        keyed.day,
        not keyed.is_bot as is_person,
        keyed.is_bot
    from keyed
    cross join
        lateral (
            values
            ('traffic_source', keyed.source_key, keyed.source_key),
            ('landing_path', keyed.landing_key, keyed.landing_key),
            ('exit_path', keyed.exit_key, keyed.exit_key),
            ('referrer', keyed.host_key, keyed.referrer_key),
            ('referrer_page', keyed.referrer_key, keyed.referrer_key),
            ('campaign', keyed.campaign_key, keyed.campaign_key)
        ) as found (dimension, value_key, row_key)
    where found.value_key is not null
),

{{ recency_lists(['dimension', 'value_key']) }}
