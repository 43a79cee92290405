{# Rows of daily_metric_rollups, as far as the mart has counted. #}
{%- macro recounted_metric_rollups(mart) -%}
with

by_visitor as (
    select
        property_id::text as property_id,
        occurred_on as day,
        visitor_id,
        traffic_source::text as traffic_source,
        count(*) as events,
        count(*) filter (where event_type = 'page_view') as page_views,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_exit) as exits,
        count(*) filter (where is_conversion) as conversions,
        count(*) filter (where event_type = 'form_start') as form_starts,
        count(*) filter (where event_type = 'form_submit') as form_submits
    from {{ source('raw', 'events') }}
    where {{ is_recounted(mart, 'occurred_on', 'created_at') }}
    group by
        property_id,
        occurred_on,
        visitor_id,
        traffic_source
),

event_totals as (
    select
        by_visitor.property_id,
        by_visitor.day,
        count(distinct by_visitor.visitor_id) as unique_visitors,
        count(distinct by_visitor.visitor_id) filter (
            where sights.first_seen_at < by_visitor.day::timestamp at time zone 'UTC'
        ) as returning_visitors,
        sum(by_visitor.page_views) as total_page_views,
        sum(by_visitor.entrances) as total_entrances,
        sum(by_visitor.exits) as total_exits,
        sum(by_visitor.conversions) as total_conversions,
        sum(by_visitor.form_starts) as form_starts,
        sum(by_visitor.form_submits) as form_submits
    from by_visitor
    inner join ({{ recounted_first_sights(mart) }}) as sights
        on by_visitor.visitor_id = sights.visitor_id
    group by
        by_visitor.property_id,
        by_visitor.day
),

lead_totals as (
    select
        property_id,
        day,
        count(*) as new_leads,
        sum(capture_ms) as capture_ms
    from ({{ recounted_captures(mart) }}) as captures
    where is_first_capture
    group by
        property_id,
        day
),

source_breakdowns as (
    select
        property_id,
        day,
        jsonb_object_agg(traffic_source, events) as traffic_source_breakdown
    from (
        select
            property_id,
            day,
            traffic_source,
            sum(events) as events
        from by_visitor
        group by
            property_id,
            day,
            traffic_source
    ) as sources
    group by
        property_id,
        day
),

landing_paths as (
    select
        property_id::text as property_id,
        occurred_on as day,
        coalesce(page, path)::text as path,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_entrance and is_conversion) as conversions
    from {{ source('raw', 'events') }}
    where
        path is not null
        and {{ is_recounted(mart, 'occurred_on', 'created_at') }}
    group by
        property_id,
        occurred_on,
        coalesce(page, path)
    having bool_or(is_entrance)
),

top_landing_paths as (
    select
        property_id,
        day,
        jsonb_agg(
            jsonb_build_object(
                'path', path,
                'entrances', entrances,
                'conversions', conversions,
                'conversionRate', conversions::double precision / entrances
            )
            order by place asc
        ) as top_landing_paths
    from (
        select
            *,
            row_number() over (
                partition by property_id, day
                order by entrances desc, conversions desc, path collate "C" asc
            ) as place
        from landing_paths
    ) as ranked
    where place <= 10
    group by
        property_id,
        day
)

select
    property_id,
    day,
    coalesce(event_totals.unique_visitors, 0) as unique_visitors,
    coalesce(event_totals.returning_visitors, 0) as returning_visitors,
    coalesce(event_totals.total_page_views, 0) as total_page_views,
    coalesce(event_totals.total_entrances, 0) as total_entrances,
    coalesce(event_totals.total_exits, 0) as total_exits,
    coalesce(event_totals.total_conversions, 0) as total_conversions,
    coalesce(event_totals.form_starts, 0) as form_starts,
    coalesce(event_totals.form_submits, 0) as form_submits,
    coalesce(lead_totals.new_leads, 0) as new_leads,
    coalesce(lead_totals.capture_ms, 0) as time_to_first_capture_sum_ms,
    coalesce(lead_totals.new_leads, 0) as time_to_first_capture_count,
    coalesce(source_breakdowns.traffic_source_breakdown, '{}') as traffic_source_breakdown,
    coalesce(top_landing_paths.top_landing_paths, '[]') as top_landing_paths
from event_totals
full join lead_totals using (property_id, day)
left join source_breakdowns using (property_id, day)
left join top_landing_paths using (property_id, day)
{%- endmacro -%}
