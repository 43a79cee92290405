{% set is_one_day = (var("discrepancy_from", "") == var("discrepancy_to", "")) | lower %}
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

of_visits as (
    select
        scopes.property_id,
        entries.dimension,
        entries.entry,
        count(distinct visits.visitor_id) as visitors,
        count(*) as sessions,
        sum(visits.page_views)::bigint as page_views,
        sum(visits.conversions)::bigint as conversions,
        count(*) filter (where visits.is_converted) as converted_sessions,
        count(*) filter (where visits.is_bounce) as bounces,
        sum(visits.engaged_ms) as engaged_ms
    from visits_of_days as visits
    cross join
        lateral (
            values
            ('landing_path', array[visits.entry_path]),
            ('exit_path', array[visits.exit_path]),
            ('referrer', array[visits.referrer_host]),
            ('referrer_page', array[visits.referrer_host, visits.referrer_page]),
            (
                'campaign',
                case
                    when num_nonnulls(visits.utm_source, visits.utm_medium, visits.utm_campaign) > 0
                        then
                            array[
                                coalesce(visits.utm_source, '(not set)'),
                                coalesce(visits.utm_medium, '(not set)'),
                                coalesce(visits.utm_campaign, '(not set)')
                            ]
                end
            )
        ) as entries (dimension, entry)
    cross join lateral (values (visits.property_id), ('')) as scopes (property_id)
    where
        entries.entry[1] is not null
        and {{ wanted }} ? scopes.property_id
    group by
        scopes.property_id,
        entries.dimension,
        entries.entry
),

events_of_hours as (
    select
        coalesce(of_clocks.property_id, '') as property_id,
        of_clocks.hour,
        count(distinct of_clocks.visitor_id) as visitors,
        count(*) filter (where of_clocks.event_type = 'page_view') as page_views,
        count(*) filter (where of_clocks.is_conversion) as conversions
    from (
        select
            events.property_id::text as property_id,
            extract(
                hour from
                {{ recounted_local(
                    'events."timestamp"', 'events.property_id', 'events.occurred_on'
                ) }}
            )::integer as hour,
            events.visitor_id,
            events.event_type,
            events.is_conversion
        from (
            {{ recounted_events('daily_hours', [
                'property_id', 'occurred_on', '"timestamp"', 'visitor_id', 'event_type', 'is_conversion'
            ]) }}
        ) as events
    ) as of_clocks
    group by grouping sets (
        (of_clocks.property_id, of_clocks.hour),
        (of_clocks.hour)
    )
),

visits_of_hours as (
    select
        coalesce(property_id, '') as property_id,
        started_hour::integer as hour,
        count(*) as sessions,
        count(*) filter (where is_bounce) as bounces,
        sum(engaged_ms) as engaged_ms
    from visits_of_days
    group by grouping sets (
        (property_id, started_hour),
        (started_hour)
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
        dimension,
        property_id,
        entry,
        sessions as ranked_by,
        jsonb_build_object(
            'visitors', visitors,
            'sessions', sessions,
            'pageViews', page_views,
            'conversions', conversions,
            'convertedSessions', converted_sessions,
            'bounces', bounces,
            'engagedMs', engaged_ms
        ) as measures
    from of_visits
    union all
    select
        'hour' as dimension,
        property_id,
        array[hour::text] as entry,
        events_of_hours.page_views as ranked_by,
        -- Visitors of several days do not add up.
        jsonb_build_object(
            'visitors',
            case when {{ is_one_day }} then events_of_hours.visitors end,
            'pageViews', events_of_hours.page_views,
            'sessions', coalesce(visits_of_hours.sessions, 0),
            'conversions', events_of_hours.conversions,
            'bounces', coalesce(visits_of_hours.bounces, 0),
            'engagedMs', coalesce(visits_of_hours.engaged_ms, 0)
        ) as measures
    from events_of_hours
    left join visits_of_hours using (property_id, hour)
    where {{ wanted }} ? property_id
),

placed as (
    select
        *,
        sum(ranked_by) over (partition by dimension, property_id)::bigint as whole,
        count(*) over (partition by dimension, property_id) as total,
        row_number() over (
            partition by dimension, property_id
            order by
                -- Hours stand in their own order.
                case when dimension = 'hour' then -(entry[1]::integer) else ranked_by end desc,
                entry collate "C" asc
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
