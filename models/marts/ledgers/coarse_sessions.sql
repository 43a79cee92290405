{{ config(materialized='stable_view') }}

with

sessions as (
    select * from {{ ref('stg_web__sessions') }}
)

select
    day,
    visitor_id,
    count(*) as sessions
from sessions
where is_coarse
group by
    day,
    visitor_id
