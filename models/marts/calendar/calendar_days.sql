-- Semantic layers fill gaps and shift windows by it. Wide enough for replayed logs and for plans.
{{ config(materialized='stable_view') }}

with

days as (
    select series.day::date as day
    from generate_series('2000-01-01'::timestamp, '2049-12-31'::timestamp, interval '1 day')
            as series (day)
)

select * from days
