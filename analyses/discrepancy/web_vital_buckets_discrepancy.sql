-- All devices, all properties and both stand under the empty text.
{% set keys = ['property_id', 'day', 'device_type', 'vital', 'bucket'] %}
with

measured as (
    {{ recounted_vitals('web_vital_buckets') }}
),

counted as (
    select
        property_id,
        day,
        device_type,
        vital,
        value,
        count(*) as samples
    from measured
    where value is not null
    group by
        property_id,
        day,
        device_type,
        vital,
        value
),

scoped as (
    select
        scopes.property_id,
        counted.day,
        scopes.device_type,
        counted.vital,
        counted.value,
        sum(counted.samples)::integer as samples
    from counted
    cross join
        lateral (
            values
            (counted.property_id, counted.device_type),
            (counted.property_id, ''),
            ('', counted.device_type),
            ('', '')
        ) as scopes (property_id, device_type)
    group by
        scopes.property_id,
        counted.day,
        scopes.device_type,
        counted.vital,
        counted.value
),

recounted as (
    select
        property_id,
        day,
        device_type,
        vital,
        value / 64 as bucket,
        sum(samples) as samples,
        array_agg(value order by value asc) as bucket_values,
        array_agg(samples order by value asc) as bucket_samples
    from scoped
    group by
        property_id,
        day,
        device_type,
        vital,
        value / 64
)

{{ differences('web_vital_buckets', keys, ['samples', 'bucket_values', 'bucket_samples']) }}
