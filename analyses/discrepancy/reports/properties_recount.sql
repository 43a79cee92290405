-- The sites and their events: of the days that are compared from raw, as far back as it is held
-- whole, and of all others from the mart.
{% set mart = 'daily_ingest_rollups' %}
with

captures as (
    {{ recounted_captures(mart) }}
),

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

held as (
    select
        property_id::text as property_id,
        occurred_on as day,
        count(*) as accepted,
        0 as rejected
    from {{ source('raw', 'events') }}
    where {{ is_recounted(mart, 'occurred_on', 'created_at') }}
    group by
        property_id,
        occurred_on
    union all
    select
        property_id::text as property_id,
        occurred_on as day,
        0 as accepted,
        0 as rejected
    from {{ source('raw', 'ingest_duplicates') }}
    where {{ is_recounted(mart, 'occurred_on', 'created_at') }}
    union all
    select
        property_id::text as property_id,
        occurred_on as day,
        0 as accepted,
        case
            when endpoint = '/v1/events' or endpoint like '/v1/events/%' then occurrences
            else 0
        end as rejected
    from {{ source('raw', 'ingest_rejections') }}
    where {{ is_recounted(mart, 'occurred_on', 'created_at') }}
    union all
    select
        captures.property_id,
        captures.day,
        0 as accepted,
        0 as rejected
    from captures
),

known as (
    select
        property_id,
        day,
        accepted,
        rejected
    from held
    where day >= (select horizon.held_from from horizon)
    union all
    select
        property_id,
        day,
        events_accepted as accepted,
        events_rejected as rejected
    from {{ ref('daily_ingest_rollups') }}
    where
        day < (select horizon.held_from from horizon)
        or day not between '{{ var("discrepancy_from", "0001-01-01") }}'::date
        and '{{ var("discrepancy_to", "9999-12-31") }}'::date
)

select
    property_id,
    min(day) as first_day,
    max(day) as last_day,
    sum(accepted)::bigint as accepted,
    sum(rejected)::bigint as rejected,
    count(*) over () as total
from known
group by property_id
order by
    sum(accepted) desc,
    property_id collate "C" asc
limit 1000
