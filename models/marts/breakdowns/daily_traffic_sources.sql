{{ config(materialized='stable_view') }}

with

breakdowns as (
    select * from {{ ref('daily_breakdowns') }}
    where dimension = 'traffic_source'
),

daily_traffic_sources as (
    select
        property_id,
        day,
        value as traffic_source,
        is_bot,
        events,
        page_views,
        visitors,
        entrances,
        conversions,
        generated_at
    from breakdowns
)

select * from daily_traffic_sources
