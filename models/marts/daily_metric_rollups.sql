{{ config(meta={'shape': 2}) }}

with

-- Not materialized: three short scans on all cores are cheaper than one that is written out.
events as not materialized (
    select
        property_id,
        day,
        visitor_id,
        event_type,
        path,
        traffic_source,
        is_entrance,
        is_exit,
        is_conversion
    from {{ ref('stg_web__events') }}
    where
        received_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and day in ({{ touched_days() }})
        {% endif %}
),

first_captures as (
    select * from {{ ref('int_web__first_captures') }}
    {% if is_incremental() %}
    where day in ({{ touched_days() }})
    {% endif %}
),

visitors_made_older as (
    select * from {{ ref('int_web__visitors_made_older') }}
),

visitor_days as (
    select
        property_id,
        day,
        visitor_id,
        count(*) filter (where event_type = 'page_view') as page_views,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_exit) as exits,
        count(*) filter (where is_conversion) as conversions,
        count(*) filter (where event_type = 'form_start') as form_starts,
        count(*) filter (where event_type = 'form_submit') as form_submits
    from events
    group by
        property_id,
        day,
        visitor_id
),

day_totals as (
    select
        visitor_days.property_id,
        visitor_days.day,
        count(*) as unique_visitors,
        count(*) filter (
            where
            {{ utc_day('coalesce(visitors_made_older.first_seen_at, visitors.first_seen_at)') }}
            < visitor_days.day
        ) as returning_visitors,
        sum(visitor_days.page_views) as total_page_views,
        sum(visitor_days.entrances) as total_entrances,
        sum(visitor_days.exits) as total_exits,
        sum(visitor_days.conversions) as total_conversions,
        sum(visitor_days.form_starts) as form_starts,
        sum(visitor_days.form_submits) as form_submits
    from visitor_days
    {{ join_visitors('visitor_days.visitor_id') }}
    left join visitors_made_older
        on visitor_days.visitor_id = visitors_made_older.visitor_id
    group by
        visitor_days.property_id,
        visitor_days.day
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

source_totals as (
    select
        property_id,
        day,
        traffic_source,
        count(*) as event_count
    from events
    group by
        property_id,
        day,
        traffic_source
),

source_breakdowns as (
    select
        property_id,
        day,
        jsonb_object_agg(traffic_source, event_count) as traffic_source_breakdown
    from source_totals
    group by
        property_id,
        day
),

landing_paths as (
    select
        property_id,
        day,
        path,
        count(*) as entrances,
        count(*) filter (where is_conversion) as conversions
    from events
    where
        is_entrance
        and path is not null
    group by
        property_id,
        day,
        path
),

ranked_landing_paths as (
    select
        property_id,
        day,
        path,
        entrances,
        conversions,
        row_number() over (
            partition by property_id, day
            order by entrances desc, conversions desc, path collate "C" asc
        ) as place
    from landing_paths
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
            order by place
        ) as top_landing_paths
    from ranked_landing_paths
    where place <= 10
    group by
        property_id,
        day
),

-- A visitor may be captured on a day without an event of the property, hence the full join.
rollups as (
    select
        property_id,
        day,
        coalesce(day_totals.unique_visitors, 0) as unique_visitors,
        coalesce(day_totals.returning_visitors, 0) as returning_visitors,
        coalesce(day_totals.total_page_views, 0)::bigint as total_page_views,
        coalesce(day_totals.total_entrances, 0)::bigint as total_entrances,
        coalesce(day_totals.total_exits, 0)::bigint as total_exits,
        coalesce(day_totals.total_conversions, 0)::bigint as total_conversions,
        coalesce(day_totals.form_starts, 0)::bigint as form_starts,
        coalesce(day_totals.form_submits, 0)::bigint as form_submits,
        coalesce(lead_totals.new_leads, 0) as new_leads,
        coalesce(lead_totals.time_to_first_capture_sum_ms, 0)::bigint
            as time_to_first_capture_sum_ms,
        coalesce(lead_totals.new_leads, 0) as time_to_first_capture_count,
        coalesce(source_breakdowns.traffic_source_breakdown, '{}'::jsonb)
            as traffic_source_breakdown,
        coalesce(top_landing_paths.top_landing_paths, '[]'::jsonb) as top_landing_paths,
        {{ build_cutoff() }} as generated_at
    from day_totals
    full join lead_totals using (property_id, day)
    left join source_breakdowns using (property_id, day)
    left join top_landing_paths using (property_id, day)
)

select * from rollups
