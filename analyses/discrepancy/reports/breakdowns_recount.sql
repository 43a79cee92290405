-- What the breakdowns of a window say, counted from raw: the first thousand rows of each, in order.
-- The empty property is all of them together.
{% set mart = 'daily_breakdowns' %}
{% set wanted = "'" ~ var("discrepancy_properties", '[""]') ~ "'::jsonb" %}
with

visits_of_days as (
    {{ recounted_sessions('sessions') }}
),

by_visitor as (
    select
        visitor_id,
        property_id::text as property_id,
        traffic_source::text as traffic_source,
        device_type::text as device_type,
        coalesce(country_code::text, 'unknown') as country_code,
        event_type::text as event_type,
        count(*) as events,
        count(*) filter (where event_type = 'page_view') as page_views,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_conversion) as conversions
    from {{ source('raw', 'events') }}
    where {{ is_recounted(mart, 'occurred_on', 'created_at') }}
    group by
        visitor_id,
        property_id,
        traffic_source,
        device_type,
        country_code,
        event_type
),

-- By one dimension in each set, for each property and for all of them.
of_entries as (
    select
        coalesce(property_id, '') as property_id,
        case
            when grouping(traffic_source) = 0 then 'traffic_source'
            when grouping(device_type) = 0 then 'device_type'
            when grouping(country_code) = 0 then 'country'
            else 'event_type'
        end as dimension,
        coalesce(traffic_source, device_type, country_code, event_type) as entry,
        count(distinct visitor_id) as visitors,
        sum(events)::bigint as events,
        sum(page_views)::bigint as page_views,
        sum(entrances)::bigint as entrances,
        sum(conversions)::bigint as conversions
    from by_visitor
    group by grouping sets (
        (traffic_source, property_id),
        (traffic_source),
        (device_type, property_id),
        (device_type),
        (country_code, property_id),
        (country_code),
        (event_type, property_id),
        (event_type)
    )
),

measured as (
    {{ recounted_pages('daily_pages') }}
),

paths as (
    select
        coalesce(property_id, '') as property_id,
        array[path] as entry,
        count(distinct visitor_id) as visitors,
        count(*) filter (where event_type = 'page_view') as page_views,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_exit) as exits,
        count(*) filter (where is_conversion) as conversions,
        count(scroll_percent) as scroll_samples,
        coalesce(sum(scroll_percent), 0)::bigint as scroll_percent_sum
    from measured
    group by grouping sets (
        (property_id, path),
        (path)
    )
),

campaigns as (
    select
        coalesce(property_id, '') as property_id,
        array[
            coalesce(utm_source, '(not set)'),
            coalesce(utm_medium, '(not set)'),
            coalesce(utm_campaign, '(not set)')
        ] as entry,
        count(distinct visitor_id) as visitors,
        count(*) as sessions,
        sum(page_views)::bigint as page_views,
        sum(conversions)::bigint as conversions,
        count(*) filter (where is_converted) as converted_sessions
    from visits_of_days
    where
        utm_source is not null
        or utm_medium is not null
        or utm_campaign is not null
    group by grouping sets (
        (
            property_id,
            coalesce(utm_source, '(not set)'),
            coalesce(utm_medium, '(not set)'),
            coalesce(utm_campaign, '(not set)')
        ),
        (
            coalesce(utm_source, '(not set)'),
            coalesce(utm_medium, '(not set)'),
            coalesce(utm_campaign, '(not set)')
        )
    )
),

listed as (
    select
        dimension,
        property_id,
        array[entry] as entry,
        events as ranked_by,
        jsonb_build_object(
            'visitors', visitors,
            'events', events,
            'pageViews', page_views,
            'entrances', entrances,
            'conversions', conversions
        ) as measures
    from of_entries
    where {{ wanted }} ? property_id
    union all
    select
        'page' as dimension,
        property_id,
        entry,
        page_views as ranked_by,
        jsonb_build_object(
            'visitors', visitors,
            'pageViews', page_views,
            'entrances', entrances,
            'exits', exits,
            'conversions', conversions,
            'scrollSamples', scroll_samples,
            'scrollPercentSum', scroll_percent_sum
        ) as measures
    from paths
    where {{ wanted }} ? property_id
    union all
    select
        'landing_path' as dimension,
        property_id,
        entry,
        entrances as ranked_by,
        jsonb_build_object('entrances', entrances, 'conversions', conversions) as measures
    from paths
    where
        entrances > 0
        and {{ wanted }} ? property_id
    union all
    select
        'campaign' as dimension,
        property_id,
        entry,
        sessions as ranked_by,
        jsonb_build_object(
            'visitors', visitors,
            'sessions', sessions,
            'pageViews', page_views,
            'conversions', conversions,
            'convertedSessions', converted_sessions
        ) as measures
    from campaigns
    where {{ wanted }} ? property_id
),

placed as (
    select
        *,
        sum(ranked_by) over (partition by dimension, property_id)::bigint as whole,
        count(*) over (partition by dimension, property_id) as total,
        row_number() over (
            partition by dimension, property_id
            order by ranked_by desc, entry collate "C" asc
        ) as place
    from listed
)

select
    dimension,
    property_id,
    entry,
    measures,
    ranked_by,
    whole,
    total
from placed
where place <= 1000
order by
    dimension asc,
    property_id asc,
    place asc
