-- Days before raw's horizon are left out here: which of them a visitor came on, raw cannot say.
-- Whoever did not come on the days that are compared counts in no row of them.
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

visits as (
    {{ recounted_visits('visit_recency') }}
),

-- By host alone a visitor counts in the row of each page of it.
seen as (
    select distinct
        visits.property_id::text as property_id,
        found.dimension,
        found.value::text as value,
        found.page,
        visits.day,
        visits.visitor_id,
        not visits.is_bot as as_person,
        visits.is_bot as as_bot
    from visits
    cross join
        lateral (
            values
            (
                'traffic_source',
                json_build_array(visits.traffic_source),
                '',
                visits.traffic_source
            ),
            ('landing_path', json_build_array(visits.entry_path), '', visits.entry_path),
            ('exit_path', json_build_array(visits.exit_path), '', visits.exit_path),
            (
                'referrer',
                json_build_array(visits.referrer_host),
                visits.referrer_page,
                visits.referrer_host
            ),
            (
                'referrer_page',
                json_build_array(visits.referrer_host, visits.referrer_page),
                '',
                visits.referrer_host
            ),
            (
                'campaign',
                json_build_array(
                    coalesce(visits.utm_source, '(not set)'),
                    coalesce(visits.utm_medium, '(not set)'),
                    coalesce(visits.utm_campaign, '(not set)')
                ),
                '',
                coalesce(visits.utm_source, visits.utm_medium, visits.utm_campaign)
            )
        ) as found (dimension, value, page, known)
    where found.known is not null
),

{{ recency_differences('visit_recency', ['dimension', 'value_key']) }}
