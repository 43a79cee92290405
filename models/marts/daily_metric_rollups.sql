{{ config(meta={'shape': 3}) }}

{% set measures = [
    'total_page_views', 'total_entrances', 'total_exits', 'total_conversions', 'form_starts',
    'form_submits'
] %}

with

first_captures as (
    select * from {{ ref('int_web__first_captures') }}
    {% if is_incremental() %}
    where day in ({{ touched_days() }})
    {% endif %}
),

visitors_made_older as (
    select * from {{ ref('int_web__visitors_made_older') }}
),

-- The events of the days are read three times: short scans on all cores are cheaper than one that
-- is written out. Each has few groups, or few columns, and Citus counts it where the events are.
event_totals as (
    select
        property_id,
        day,
        traffic_source,
        {{ is_bot() }} as is_bot,
        count(*) as events,
        count(*) filter (where event_type = 'page_view') as total_page_views,
        count(*) filter (where is_entrance) as total_entrances,
        count(*) filter (where is_exit) as total_exits,
        count(*) filter (where is_conversion) as total_conversions,
        count(*) filter (where event_type = 'form_start') as form_starts,
        count(*) filter (where event_type = 'form_submit') as form_submits
    from {{ ref('stg_web__events') }}
    where
        received_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and day in ({{ touched_days() }})
        {% endif %}
    group by
        property_id,
        day,
        traffic_source,
        is_bot
),

day_totals as (
    select
        {% for measure in measures -%}
        sum({{ measure }}) as {{ measure }},
        sum({{ measure }}) filter (where not is_bot) as people_{{ measure }},
        {% endfor -%}
        property_id,
        day
    from event_totals
    group by
        property_id,
        day
),

source_totals as (
    select
        property_id,
        day,
        traffic_source,
        sum(events) as events,
        sum(events) filter (where not is_bot) as people_events
    from event_totals
    group by
        property_id,
        day,
        traffic_source
),

source_breakdowns as (
    select
        property_id,
        day,
        jsonb_object_agg(traffic_source, events) as traffic_source_breakdown,
        jsonb_object_agg(traffic_source, people_events) filter (where people_events > 0)
            as people_traffic_source_breakdown
    from source_totals
    group by
        property_id,
        day
),

visitor_days as (
    select
        property_id,
        day,
        visitor_id,
        bool_or(not {{ is_bot() }}) as is_person
    from {{ ref('stg_web__events') }}
    where
        received_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and day in ({{ touched_days() }})
        {% endif %}
    group by
        property_id,
        day,
        visitor_id
),

seen_visitors as (
    select
        visitor_days.property_id,
        visitor_days.day,
        visitor_days.is_person,
        {{ seen_before(
            'coalesce(visitors_made_older.first_seen_at, visitors.first_seen_at)', 'visitor_days'
        ) }} as is_returning
    from visitor_days
    {{ join_visitors('visitor_days.visitor_id') }}
    left join visitors_made_older
        on visitor_days.visitor_id = visitors_made_older.visitor_id
    {{ join_zones('visitor_days') }}
),

visitor_totals as (
    select
        property_id,
        day,
        count(*) as unique_visitors,
        count(*) filter (where is_returning) as returning_visitors,
        count(*) filter (where is_person) as people_unique_visitors,
        count(*) filter (where is_person and is_returning) as people_returning_visitors
    from seen_visitors
    group by
        property_id,
        day
),

lead_totals as (
    select
        property_id,
        day,
        count(*) as new_leads,
        sum(time_to_capture_ms) as time_to_first_capture_sum_ms
    from first_captures
    group by
        property_id,
        day
),

entered as (
    select
        property_id,
        day,
        path,
        count(*) as entrances,
        count(*) filter (where is_conversion) as conversions,
        count(*) filter (where not {{ is_bot() }}) as people_entrances,
        count(*) filter (where is_conversion and not {{ is_bot() }}) as people_conversions
    from {{ ref('stg_web__events') }}
    where
        received_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and day in ({{ touched_days() }})
        {% endif %}
        and is_entrance
        and path is not null
    group by
        property_id,
        day,
        path
),

-- Everybody's, and once more people's.
landing_paths as (
    select
        entered.property_id,
        entered.day,
        audiences.audience,
        entered.path,
        audiences.entrances,
        audiences.conversions
    from entered
    cross join
        lateral (
            values
            ('all', entered.entrances, entered.conversions),
            ('people', entered.people_entrances, entered.people_conversions)
        ) as audiences (audience, entrances, conversions)
    where audiences.entrances > 0
),

ranked_landing_paths as (
    select
        property_id,
        day,
        audience,
        path,
        entrances,
        conversions,
        row_number() over (
            partition by property_id, day, audience
            order by entrances desc, conversions desc, path collate "C" asc
        ) as place
    from landing_paths
),

listed_landing_paths as (
    select
        property_id,
        day,
        audience,
        jsonb_agg(
            jsonb_build_object(
                'path', path,
                'entrances', entrances,
                'conversions', conversions,
                'conversionRate', conversions::double precision / entrances
            )
            order by place
        ) as top_landing_paths
    from ranked_landing_paths
    where place <= 10
    group by
        property_id,
        day,
        audience
),

all_landing_paths as (
    select * from listed_landing_paths
    where audience = 'all'
),

people_landing_paths as (
    select * from listed_landing_paths
    where audience = 'people'
),

-- A visitor may be captured on a day without an event of the property, hence the full join.
rollups as (
    select
        property_id,
        day,
        {% for people in ['', 'people_'] -%}
        coalesce(visitor_totals.{{ people }}unique_visitors, 0) as {{ people }}unique_visitors,
        coalesce(visitor_totals.{{ people }}returning_visitors, 0)
            as {{ people }}returning_visitors,
        {% for measure in measures -%}
        coalesce(day_totals.{{ people }}{{ measure }}, 0)::bigint as {{ people }}{{ measure }},
        {% endfor -%}
        coalesce(source_breakdowns.{{ people }}traffic_source_breakdown, '{}'::jsonb)
            as {{ people }}traffic_source_breakdown,
        coalesce({{ people or 'all_' }}landing_paths.top_landing_paths, '[]'::jsonb)
            as {{ people }}top_landing_paths,
        {% endfor -%}
        coalesce(lead_totals.new_leads, 0) as new_leads,
        coalesce(lead_totals.time_to_first_capture_sum_ms, 0)::bigint
            as time_to_first_capture_sum_ms,
        coalesce(lead_totals.new_leads, 0) as time_to_first_capture_count,
        {{ build_cutoff() }} as generated_at
    from day_totals
    full join lead_totals using (property_id, day)
    left join visitor_totals using (property_id, day)
    left join source_breakdowns using (property_id, day)
    left join all_landing_paths using (property_id, day)
    left join people_landing_paths using (property_id, day)
)

select * from rollups
