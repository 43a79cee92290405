with

-- All properties, all devices and both: under the empty text, so that a window reads one row a day
-- and bucket.
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

buckets as (
    select
        property_id,
        day,
        device_type,
        vital,
        value / 64 as bucket,
        sum(samples)::bigint as samples,
        array_agg(value order by value asc) as bucket_values,
        array_agg(samples order by value asc) as bucket_samples,
        {{ build_cutoff() }} as generated_at
    from counted
    group by
        property_id,
        day,
        device_type,
        vital,
        value / 64
)

select * from buckets
