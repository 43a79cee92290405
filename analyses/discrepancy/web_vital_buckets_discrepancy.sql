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

-- A value and how often it occurred in one number, sorted bucket by bucket: a sort of all of them by
-- their names takes longer than everything else here.
packed as (
    select
        property_id,
        day,
        device_type,
        vital,
        value / 64 as bucket,
        sum(samples) as samples,
        array_agg(value * 4294967296 + samples) as pairs
    from scoped
    group by
        property_id,
        day,
        device_type,
        vital,
        value / 64
),

recounted as (
    select
        packed.property_id,
        packed.day,
        packed.device_type,
        packed.vital,
        packed.bucket,
        packed.samples,
        listed.bucket_values,
        listed.bucket_samples
    from packed
    cross join
        lateral (
            select
                array_agg((pairs.pair / 4294967296)::integer order by pairs.pair asc)
                    as bucket_values,
                array_agg((pairs.pair % 4294967296)::integer order by pairs.pair asc)
                    as bucket_samples
            from unnest(packed.pairs) as pairs (pair)
        ) as listed
)

{{ differences('web_vital_buckets', keys, ['samples', 'bucket_values', 'bucket_samples']) }}
