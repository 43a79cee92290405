{% set mart = 'rollup_reconciliation' %}
with

ingest_rollups as (
    {{ recounted_ingest_rollups(mart) }}
),

metric_rollups as (
    {{ recounted_metric_rollups(mart) }}
),

rows_of_rollups as (
    select
        rollups.property_id,
        rollups.day,
        to_jsonb(rollups) as measured
    from metric_rollups as rollups
    union all
    select
        rollups.property_id,
        rollups.day,
        to_jsonb(rollups) as measured
    from ingest_rollups as rollups
),

counted as (
    select
        rows_of_rollups.property_id,
        rows_of_rollups.day,
        measures.measure,
        measures.value::text::numeric as raw_value
    from rows_of_rollups
    cross join lateral jsonb_each(rows_of_rollups.measured) as measures (measure, value)
    where jsonb_typeof(measures.value) = 'number'
    union all
    select
        rows_of_rollups.property_id,
        rows_of_rollups.day,
        breakdowns.breakdown || '.' || entries.entry as measure,
        entries.occurrences::numeric as raw_value
    from rows_of_rollups
    cross join
        lateral (
            values
            ('traffic_source_breakdown'),
            ('people_traffic_source_breakdown'),
            ('error_breakdown')
        ) as breakdowns (breakdown)
    cross join
        lateral jsonb_each_text(rows_of_rollups.measured -> breakdowns.breakdown)
            as entries (entry, occurrences)
    union all
    select
        rows_of_rollups.property_id,
        rows_of_rollups.day,
        listed.list || '.entrances' as measure,
        sum((entries.entry ->> 'entrances')::numeric) as raw_value
    from rows_of_rollups
    cross join
        lateral (values ('top_landing_paths'), ('people_top_landing_paths')) as listed (list)
    cross join
        lateral jsonb_array_elements(rows_of_rollups.measured -> listed.list) as entries (entry)
    group by
        rows_of_rollups.property_id,
        rows_of_rollups.day,
        listed.list
),

recounted as (
    select
        property_id,
        day,
        measure,
        raw_value as rollup_value,
        raw_value,
        0 as difference,
        'equal' as status
    from counted
    where raw_value <> 0
),

-- Where both sides have none the ledger says so, or nothing at all.
comparable as (
    select ledger.*
    from {{ ref('rollup_reconciliation') }} as ledger
    where
        ledger.rollup_value <> 0
        or ledger.raw_value <> 0
)

{{ differences(
    mart,
    ['property_id', 'day', 'measure'],
    ['rollup_value', 'raw_value', 'difference', 'status'],
    rows='comparable'
) }}
