-- All devices, all properties and both stand under the empty text.
{% set keys = ['property_id', 'day', 'device_type', 'vital', 'bucket'] %}
with

measured as (
    {{ recounted_vitals('web_vital_buckets') }}
),

-- The values of a day in one list, counted and sorted list by list: to do so with all of them by
-- their names takes several times as long.
listed as (
    select
        coalesce(property_id, '') as property_id,
        day,
        coalesce(device_type, '') as device_type,
        vital,
        array_agg(value) as day_values
    from measured
    where value is not null
    group by grouping sets (
        (property_id, day, device_type, vital),
        (property_id, day, vital),
        (day, device_type, vital),
        (day, vital)
    )
),

recounted as (
    select
        listed.property_id,
        listed.day,
        listed.device_type,
        listed.vital,
        buckets.bucket,
        buckets.samples,
        buckets.bucket_values,
        buckets.bucket_samples
    from listed
    cross join
        lateral ( -- noqa: ST05
            select
                counted.value / 64 as bucket,
                sum(counted.samples) as samples,
                array_agg(counted.value order by counted.value asc) as bucket_values,
                array_agg(counted.samples order by counted.value asc) as bucket_samples
            from (
                select
                    day_values.value,
                    count(*)::integer as samples
                from unnest(listed.day_values) as day_values (value)
                group by day_values.value
            ) as counted
            group by counted.value / 64
        ) as buckets
)

{{ differences('web_vital_buckets', keys, ['samples', 'bucket_values', 'bucket_samples']) }}
