{{ config(materialized='stable_view') }}

with

breakdowns as (
    select * from {{ ref('daily_breakdowns') }}
    where dimension = 'country'
),

daily_countries as (
    select
        property_id,
        day,
        value as country_code,
        is_bot,
        events,
        page_views,
        visitors,
        entrances,
        conversions,
        generated_at
    from breakdowns
)

select * from daily_countries
