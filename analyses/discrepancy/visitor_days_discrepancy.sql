with

sights as (
    {{ recounted_first_sights('visitor_days') }}
),

counted as (
    select
        property_id::text as property_id,
        occurred_on as day,
        visitor_id,
        device_type = 'bot' as is_bot,
        count(*) as events,
        count(*) filter (where event_type = 'page_view') as page_views,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_exit) as exits,
        count(*) filter (where is_conversion) as conversions,
        count(*) filter (where event_type = 'form_start') as form_starts,
        count(*) filter (where event_type = 'form_submit') as form_submits,
        array_agg(distinct traffic_source::text collate "C")::text as traffic_sources,
        array_agg(distinct device_type::text collate "C")::text as device_types,
        array_agg(distinct coalesce(country_code::text, 'unknown') collate "C")::text
            as country_codes,
        array_agg(distinct event_type::text collate "C")::text as event_types,
        coalesce(
            array_agg(distinct encode(
                substr(
                    sha256(convert_to(json_build_array(coalesce(page, path)::text)::text, 'UTF8')),
                    1,
                    16
                ),
                'hex'
            )::uuid) filter (where path is not null),
            '{}'
        ) as path_keys
    from {{ source('raw', 'events') }}
    where {{ is_recounted('visitor_days', 'occurred_on', 'created_at') }}
    group by
        property_id,
        occurred_on,
        visitor_id,
        device_type = 'bot'
),

recounted as (
    select
        counted.*,
        {{ recounted_local('sights.first_seen_at', 'counted.property_id', 'counted.day') }}::date
        < counted.day as is_returning
    from counted
    inner join sights
        on counted.visitor_id = sights.visitor_id
)

{{ differences(
    'visitor_days',
    ['property_id', 'day', 'visitor_id', 'is_bot'],
    [
        'is_returning', 'events', 'page_views', 'entrances', 'exits', 'conversions', 'form_starts',
        'form_submits', 'traffic_sources', 'device_types', 'country_codes', 'event_types', 'path_keys'
    ]
) }}
