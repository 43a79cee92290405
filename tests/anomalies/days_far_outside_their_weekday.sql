-- A day that ended has about as many events and page views as its weekday had in the weeks before.
{{ config(severity='warn') }}
with

measured as (
    select
        ingest.property_id,
        ingest.day,
        measures.measure,
        measures.value
    from {{ ref('daily_ingest_rollups') }} as ingest
    left join {{ ref('daily_metric_rollups') }} as metric
        on
            ingest.property_id = metric.property_id
            and ingest.day = metric.day
    cross join
        lateral (
            values
            ('events_accepted', ingest.events_accepted),
            ('events_rejected', ingest.events_rejected),
            ('total_page_views', coalesce(metric.total_page_views, 0))
        ) as measures (measure, value)
    where ingest.day >= (now() at time zone 'UTC')::date - 66
),

-- A property without a row had none: a day on which everything stopped is what this is for.
days as (
    select
        properties.property_id,
        properties.measure,
        calendar.day::date as day,
        coalesce(counted.value, 0) as value
    from (
        select
            property_id,
            measure,
            min(day) as first_day
        from measured
        group by
            property_id,
            measure
    ) as properties
    cross join
        lateral generate_series(
            properties.first_day::timestamp,
            ((now() at time zone 'UTC')::date - 1)::timestamp,
            interval '1 day'
        ) as calendar (day)
    left join measured as counted
        on
            properties.property_id = counted.property_id
            and properties.measure = counted.measure
            and calendar.day = counted.day
),

-- Median and median deviation, which one odd day among the eight does not move.
usual as (
    select
        days.property_id,
        days.measure,
        days.day,
        days.value,
        count(*) as weeks,
        percentile_cont(0.5) within group (order by earlier.value) as median
    from days
    inner join days as earlier
        on
            days.property_id = earlier.property_id
            and days.measure = earlier.measure
            and earlier.day between days.day - 56 and days.day - 7
            and (days.day - earlier.day) % 7 = 0
    where days.day >= (now() at time zone 'UTC')::date - 3
    group by
        days.property_id,
        days.measure,
        days.day,
        days.value
),

deviations as (
    select
        usual.property_id,
        usual.measure,
        usual.day,
        percentile_cont(0.5) within group (order by abs(earlier.value - usual.median)) as deviation
    from usual
    inner join days as earlier
        on
            usual.property_id = earlier.property_id
            and usual.measure = earlier.measure
            and earlier.day between usual.day - 56 and usual.day - 7
            and (usual.day - earlier.day) % 7 = 0
    group by
        usual.property_id,
        usual.measure,
        usual.day
)

select
    property_id,
    measure,
    day,
    usual.value,
    usual.median as usual_value,
    deviations.deviation as usual_deviation
from usual
inner join deviations using (property_id, measure, day)
where
    usual.weeks >= 4
    -- Small numbers jump: 6 deviations, and at least 20 more or less.
    and abs(usual.value - usual.median)
    > greatest(6 * deviations.deviation, 0.3 * usual.median, 20)
