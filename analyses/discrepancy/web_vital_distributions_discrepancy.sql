-- All properties together stand under the empty text, and so do all devices of people.
{% set keys = ['property_id', 'day', 'device_type', 'vital'] %}
with

measured as (
    {{ recounted_vitals('web_vital_distributions') }}
),

-- The values of a day in one list, counted and sorted list by list: to do so with all of them by
-- their names takes several times as long.
listed as (
    select
        coalesce(property_id, '') as property_id,
        day,
        device_type,
        vital,
        array_agg(value) as day_values
    from measured
    where value is not null
    group by
        grouping sets (
            (property_id, day, device_type, vital),
            (day, device_type, vital)
        )
    union all
    select
        coalesce(property_id, '') as property_id,
        day,
        '' as device_type,
        vital,
        array_agg(value) as day_values
    from measured
    where
        value is not null
        and device_type <> 'bot'
    group by grouping sets (
        (property_id, day, vital),
        (day, vital)
    )
),

recounted as (
    select
        listed.property_id,
        listed.day,
        listed.device_type,
        listed.vital,
        cardinality(listed.day_values) as samples,
        distributed.measured_values,
        distributed.value_samples,
        stepped.steps,
        stepped.step_samples
    from listed
    cross join
        lateral ( -- noqa: ST05
            select
                array_agg(counted.value order by counted.value asc) as measured_values,
                array_agg(counted.samples order by counted.value asc) as value_samples
            from (
                select
                    day_values.value,
                    count(*)::integer as samples
                from unnest(listed.day_values) as day_values (value)
                group by day_values.value
            ) as counted
        ) as distributed
    cross join
        lateral ( -- noqa: ST05
            select
                array_agg(counted.step order by counted.step asc) as steps,
                array_agg(counted.samples order by counted.step asc) as step_samples
            from (
                select
                    day_values.value / 64 as step,
                    count(*)::integer as samples
                from unnest(listed.day_values) as day_values (value)
                group by day_values.value / 64
            ) as counted
        ) as stepped
)

{{ differences(
    'web_vital_distributions',
    keys,
    ['samples', 'measured_values', 'value_samples', 'steps', 'step_samples']
) }}
