with

-- All devices, all properties and both have rows under the empty text, so that a window reads one
-- row a day and bucket.
counted as (
    select
        coalesce(property_id, '') as property_id,
        day,
        coalesce(device_type, '') as device_type,
        vital,
        value,
        sum(samples)::integer as samples
    from {{ ref('web_vital_distributions') }}
    {% if is_incremental() %}
    where day in ({{ touched_days() }})
    {% endif %}
    group by grouping sets (
        (day, vital, value, property_id, device_type),
        (day, vital, value, property_id),
        (day, vital, value, device_type),
        (day, vital, value)
    )
),

-- A value and how often it occurred in one number, listed in any order and sorted bucket by bucket:
-- a sort of all rows by their names takes longer than everything else here.
packed as (
    select
        property_id,
        day,
        device_type,
        vital,
        value / 64 as bucket,
        sum(samples)::bigint as samples,
        array_agg((value::bigint << 32) | samples) as pairs
    from counted
    group by
        property_id,
        day,
        device_type,
        vital,
        value / 64
),

buckets as (
    select
        packed.property_id,
        packed.day,
        packed.device_type,
        packed.vital,
        packed.bucket,
        packed.samples,
        listed.bucket_values,
        listed.bucket_samples,
        {{ build_cutoff() }} as generated_at
    from packed
    cross join lateral (
        select
            array_agg((pairs.pair >> 32)::integer order by pairs.pair asc) as bucket_values,
            array_agg((pairs.pair & 4294967295)::integer order by pairs.pair asc)
                as bucket_samples
        from unnest(packed.pairs) as pairs (pair)
    ) as listed
)

select * from buckets
