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
        avg(scroll_percent) as mean_scroll_percent,
        count(*) filter (where is_person and event_type = 'page_view') as people_views,
        count(distinct visitor_id) filter (where is_person) as people,
        count(distinct visitor_id) filter (where not is_person) as bots,
        count(distinct visitor_id) filter (where is_person and is_entrance) as entering_people,
        count(*) filter (where is_person and is_entrance) as people_entrances,
        count(*) filter (where is_person and is_exit) as people_exits,
        count(*) filter (where is_person and is_conversion) as people_conversions,
        count(engaged_ms) filter (where is_person) as people_engaged_samples,
        percentile_cont(0.5) within group (order by engaged_ms) filter (where is_person)
            as people_median_engaged_ms,
        count(scroll_percent) filter (where is_person) as people_scroll_samples,
        coalesce(sum(scroll_percent) filter (where is_person), 0) as people_scroll_percent_sum
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
        'mean_scroll_percent', 'people_views', 'people', 'bots', 'entering_people',
        'people_entrances', 'people_exits', 'people_conversions', 'people_engaged_samples',
        'people_median_engaged_ms', 'people_scroll_samples', 'people_scroll_percent_sum'
    ]
) }}
