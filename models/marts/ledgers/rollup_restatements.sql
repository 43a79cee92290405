{{ config(materialized='stable_view') }}

with

restatements as (
    select * from {{ source('analytics_state', 'rollup_restatements') }}
    -- What builds remember has no row policy.
    where {{ may_read('property_id') }}
)

select
    mart,
    property_id,
    day,
    measure,
    restated_at,
    min(published_at) over (partition by mart, property_id, day) as first_published_at,
    late_rows,
    value_before,
    value_after,
    coalesce(value_after, 0) - coalesce(value_before, 0) as moved
from restatements
