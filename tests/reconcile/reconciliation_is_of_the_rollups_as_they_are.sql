-- rollup_reconciliation has compared each measure that the contract rollups have now, on every day
-- that raw holds, and no other. Days that a build still owes are compared by that build.
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

owed as (
    select day
    from {{ source('analytics_state', 'rollup_owed_days') }}
    where mart in ('rollup_reconciliation', 'daily_metric_rollups', 'daily_ingest_rollups')
),

rows_of_rollups as (
    select
        property_id,
        day,
        to_jsonb(rollups) as told
    from {{ ref('daily_metric_rollups') }} as rollups
    union all
    select
        property_id,
        day,
        to_jsonb(rollups) as told
    from {{ ref('daily_ingest_rollups') }} as rollups
),

rollup_values as (
    select
        rows_of_rollups.property_id,
        rows_of_rollups.day,
        measures.measure,
        measures.value::numeric as rollup_value
    from rows_of_rollups
    cross join
        lateral (
            select
                parts.part as measure,
                parts.reading::text as value
            from jsonb_each(rows_of_rollups.told) as parts (part, reading)
            where jsonb_typeof(parts.reading) = 'number'
            union all
            select
                parts.part || '.' || entries.entry as measure,
                entries.reading as value
            from jsonb_each(rows_of_rollups.told) as parts (part, reading)
            cross join
                lateral jsonb_each_text(
                    case when jsonb_typeof(parts.reading) = 'object' then parts.reading end
                ) as entries (entry, reading)
        ) as measures
),

compared_values as (
    select
        property_id,
        day,
        measure,
        rollup_value as compared_value
    from {{ ref('rollup_reconciliation') }}
    where measure not in ('top_landing_paths.entrances', 'people_top_landing_paths.entrances')
)

select
    property_id,
    day,
    measure,
    rollup_values.rollup_value,
    compared_values.compared_value
from rollup_values
full join compared_values using (property_id, day, measure)
where
    day >= (select horizon.held_from from horizon)
    and day not in (select owed.day from owed)
    and (
        coalesce(rollup_values.rollup_value, 0) != coalesce(compared_values.compared_value, 0)
        or (compared_values.compared_value is null and rollup_values.rollup_value is not null)
    )
