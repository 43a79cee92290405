{{ config(materialized='stable_view') }}

with

watermarks as (
    select * from {{ source('analytics_state', 'rollup_watermarks') }}
)

select
    mart,
    received_through,
    {{ utc_day('received_through') }} as rolled_up_through,
    built_at,
    compared_at,
    is_equal
from watermarks
