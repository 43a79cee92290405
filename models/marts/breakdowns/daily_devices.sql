{{ config(materialized='stable_view') }}

with

breakdowns as (
    select * from {{ ref('daily_breakdowns') }}
    where dimension = 'device_type'
),

daily_devices as (
    select
        property_id,
        day,
        value as device_type,
        is_bot,
        events,
        page_views,
        visitors,
        entrances,
        conversions,
        generated_at
    from breakdowns
)

select * from daily_devices
