{{ config(meta={'shape': 3}) }}

with

events as (
    select
        events.property_id,
        events.day,
        events.visitor_id,
        {{ is_bot('events') }} as is_bot,
        events.event_type,
        events.traffic_source,
        events.device_type,
        coalesce(events.country_code, 'unknown') as country_code,
        events.path,
        events.is_entrance,
        events.is_exit,
        events.is_conversion
    from {{ ref('stg_web__events') }} as events
    where
        events.received_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and events.day in ({{ touched_days() }})
        {% endif %}
),

visitors_made_older as (
    select * from {{ ref('int_web__visitors_made_older') }}
),

counted as (
    select
        property_id,
        day,
        visitor_id,
        is_bot,
        count(*) as events,
        count(*) filter (where event_type = 'page_view') as page_views,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_exit) as exits,
        count(*) filter (where is_conversion) as conversions,
        count(*) filter (where event_type = 'form_start') as form_starts,
        count(*) filter (where event_type = 'form_submit') as form_submits,
        array_agg(distinct traffic_source collate "C")::text as traffic_sources,
        array_agg(distinct device_type collate "C")::text as device_types,
        array_agg(distinct country_code collate "C")::text as country_codes,
        array_agg(distinct event_type collate "C")::text as event_types,
        array_agg(distinct path collate "C") filter (where path is not null) as paths
    from events
    -- Sorted by the day first: of days it is sooner known which comes first than of names.
    group by
        day,
        property_id,
        visitor_id,
        is_bot
),

visitor_days as (
    select
        counted.property_id,
        counted.day,
        counted.visitor_id,
        counted.is_bot,
        {{ seen_before(
            'coalesce(visitors_made_older.first_seen_at, visitors.first_seen_at)', 'counted'
        ) }}
            as is_returning,
        counted.events::integer as events,
        counted.page_views::integer as page_views,
        counted.entrances::integer as entrances,
        counted.exits::integer as exits,
        counted.conversions::integer as conversions,
        counted.form_starts::integer as form_starts,
        counted.form_submits::integer as form_submits,
        counted.traffic_sources,
        counted.device_types,
        counted.country_codes,
        counted.event_types,
        array(
            select {{ text_key(['paths.path']) }} as path_key
            from unnest(counted.paths) as paths (path)
            order by path_key asc
        ) as path_keys,
        {{ build_cutoff() }} as generated_at
    from counted
    {{ join_visitors('counted.visitor_id') }}
    left join visitors_made_older
        on counted.visitor_id = visitors_made_older.visitor_id
    {{ join_zones('counted') }}
)

select * from visitor_days
