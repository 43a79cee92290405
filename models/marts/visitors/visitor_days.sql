{{ config(meta={'shape': 3}) }}
{% set dimensions = {
    'traffic_sources': 'traffic_source',
    'device_types': 'device_type',
    'country_codes': 'country_code',
    'event_types': 'event_type',
} %}

with

events as not materialized (
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

-- Each once: there are far fewer of them than events, and to hash one is dear.
pages as materialized (
    select
        path,
        {{ text_key(['path']) }} as path_key
    from (
        select distinct path
        from events
        where path is not null
    ) as named
),

paged as (
    select
        events.*,
        pages.path_key
    from events
    left join pages
        on events.path = pages.path
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
        {% for found_values, value in dimensions.items() -%}
        array_agg({{ value }} collate "C") as {{ found_values }},
        {% endfor -%}
        array_agg(distinct path_key) filter (where path_key is not null) as path_keys
    from paged
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
        -- Mostly one value many times, and a sort for each set takes longer than to see that.
        {% for found_values in dimensions -%}
        case
            when array_remove(counted.{{ found_values }}, counted.{{ found_values }}[1]) = '{}'
                then counted.{{ found_values }}[1:1]
            else
                array(
                    select distinct found.value
                    from unnest(counted.{{ found_values }}) as found (value)
                    order by found.value asc
                )
        end::text as {{ found_values }},
        {% endfor -%}
        coalesce(counted.path_keys, '{}') as path_keys,
        {{ build_cutoff() }} as generated_at
    from counted
    {{ join_visitors('counted.visitor_id') }}
    left join visitors_made_older
        on counted.visitor_id = visitors_made_older.visitor_id
    {{ join_zones('counted') }}
)

select * from visitor_days
