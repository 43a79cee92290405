{{ config(materialized='stable_view') }}

with

breakdowns as (
    select * from {{ ref('daily_breakdowns') }}
    where dimension = 'event_type'
),

daily_event_types as (
    select
        property_id,
        day,
        value as event_type,
        is_bot,
        events,
        page_views,
        visitors,
        entrances,
        conversions,
        generated_at
    from breakdowns
)

select * from daily_event_types
