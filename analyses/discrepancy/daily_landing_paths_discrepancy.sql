with

recounted as (
    select
        property_id::text as property_id,
        occurred_on as day,
        coalesce(page, path)::text as path,
        encode(
            substr(
                sha256(convert_to(json_build_array(coalesce(page, path)::text)::text, 'UTF8')),
                1,
                16
            ),
            'hex'
        )::uuid as path_key,
        count(*) filter (where is_entrance) as entrances,
        count(distinct visitor_id) filter (where is_entrance) as visitors,
        count(*) filter (where is_conversion) as conversions,
        count(*) filter (where is_conversion)::double precision
        / count(*) filter (where is_entrance) as conversion_rate
    from {{ source('raw', 'events') }}
    where
        path is not null
        and {{ is_recounted('daily_landing_paths', 'occurred_on', 'created_at') }}
    group by
        property_id,
        occurred_on,
        coalesce(page, path)
    having bool_or(is_entrance)
)

{{ differences(
    'daily_landing_paths',
    ['property_id', 'day', 'path'],
    ['path_key', 'entrances', 'visitors', 'conversions', 'conversion_rate']
) }}
