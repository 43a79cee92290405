with

measured as (
    {{ recounted_pages('daily_pages') }}
),

recounted as (
    select
        property_id,
        day,
        path,
        encode(
            substr(
                sha256(convert_to(json_build_array(path)::text, 'UTF8')), 1, 16
            ),
            'hex'
        )::uuid as path_key,
        count(*) filter (where event_type = 'page_view') as views,
        count(distinct visitor_id) as visitors,
        count(distinct visitor_id) filter (where is_entrance) as entering_visitors,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_exit) as exits,
        count(*) filter (where is_conversion) as conversions,
        count(engaged_ms) as engaged_samples,
        percentile_cont(0.5) within group (order by engaged_ms) as median_engaged_ms,
        count(scroll_percent) as scroll_samples,
        coalesce(sum(scroll_percent), 0) as scroll_percent_sum,
        avg(scroll_percent) as mean_scroll_percent
    from measured
    group by
        property_id,
        day,
        path
)

{{ differences(
    'daily_pages',
    ['property_id', 'day', 'path'],
    [
        'path_key', 'views', 'visitors', 'entering_visitors', 'entrances', 'exits', 'conversions',
        'engaged_samples', 'median_engaged_ms', 'scroll_samples', 'scroll_percent_sum',
        'mean_scroll_percent'
    ]
) }}
