{# Rows of daily_metric_rollups, as far as the mart has counted. #}
{%- macro recounted_metric_rollups(mart) -%}
{%- set audiences = [('', 'true'), ('people_', "device_type <> 'bot'")] -%}
with

by_visitor as (
    select
        property_id::text as property_id,
        occurred_on as day,
        visitor_id,
        traffic_source::text as traffic_source,
        device_type::text as device_type,
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
        traffic_source,
        device_type
),

event_totals as (
    select
        by_visitor.property_id,
        by_visitor.day,
        {% for people, condition in audiences -%}
        count(distinct by_visitor.visitor_id) filter (where {{ condition }})
            as {{ people }}unique_visitors,
        count(distinct by_visitor.visitor_id) filter (
            where
            {{ condition }}
            and {{ recounted_local('sights.first_seen_at', 'by_visitor.property_id', 'by_visitor.day') }}::date < by_visitor.day
        ) as {{ people }}returning_visitors,
        sum(by_visitor.page_views) filter (where {{ condition }}) as {{ people }}total_page_views,
        sum(by_visitor.entrances) filter (where {{ condition }}) as {{ people }}total_entrances,
        sum(by_visitor.exits) filter (where {{ condition }}) as {{ people }}total_exits,
        sum(by_visitor.conversions) filter (where {{ condition }}) as {{ people }}total_conversions,
        sum(by_visitor.form_starts) filter (where {{ condition }}) as {{ people }}form_starts,
        sum(by_visitor.form_submits) filter (where {{ condition }}) as {{ people }}form_submits
        {{- ',' if not loop.last }}
        {% endfor %}
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
        jsonb_object_agg(traffic_source, events) as traffic_source_breakdown,
        jsonb_object_agg(traffic_source, people_events) filter (where people_events > 0)
            as people_traffic_source_breakdown
    from (
        select
            property_id,
            day,
            traffic_source,
            sum(events) as events,
            sum(events) filter (where device_type <> 'bot') as people_events
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
        count(*) as entrances,
        count(*) filter (where is_conversion) as conversions,
        count(*) filter (where device_type <> 'bot') as people_entrances,
        count(*) filter (where is_conversion and device_type <> 'bot') as people_conversions
    from {{ source('raw', 'events') }}
    where
        path is not null
        and is_entrance
        and {{ is_recounted(mart, 'occurred_on', 'created_at') }}
    group by
        property_id,
        occurred_on,
        coalesce(page, path)
),

{% for people, condition in audiences -%}
{{ people }}landing_lists as (
    select
        property_id,
        day,
        jsonb_agg(
            jsonb_build_object(
                'path', path,
                'entrances', {{ people }}entrances,
                'conversions', {{ people }}conversions,
                'conversionRate', {{ people }}conversions::double precision / {{ people }}entrances
            )
            order by place asc
        ) as top_landing_paths
    from (
        select
            *,
            row_number() over (
                partition by property_id, day
                order by
                    {{ people }}entrances desc, {{ people }}conversions desc, path collate "C" asc
            ) as place
        from landing_paths
        where {{ people }}entrances > 0
    ) as ranked
    where place <= 10
    group by
        property_id,
        day
){{ ',' if not loop.last }}

{% endfor -%}
select
    property_id,
    day,
    {% for people, condition in audiences -%}
    {% for measure in [
        'unique_visitors', 'returning_visitors', 'total_page_views', 'total_entrances',
        'total_exits', 'total_conversions', 'form_starts', 'form_submits'
    ] -%}
    coalesce(event_totals.{{ people }}{{ measure }}, 0) as {{ people }}{{ measure }},
    {% endfor -%}
    coalesce(source_breakdowns.{{ people }}traffic_source_breakdown, '{}')
        as {{ people }}traffic_source_breakdown,
    coalesce({{ people }}landing_lists.top_landing_paths, '[]') as {{ people }}top_landing_paths,
    {% endfor -%}
    coalesce(lead_totals.new_leads, 0) as new_leads,
    coalesce(lead_totals.capture_ms, 0) as time_to_first_capture_sum_ms,
    coalesce(lead_totals.new_leads, 0) as time_to_first_capture_count
from event_totals
full join lead_totals using (property_id, day)
left join source_breakdowns using (property_id, day)
left join landing_lists using (property_id, day)
left join people_landing_lists using (property_id, day)
{%- endmacro -%}
