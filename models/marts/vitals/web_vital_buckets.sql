with

values_of_days as materialized (
    select
        property_id,
        day,
        device_type,
        vital,
        value,
        sum(samples)::integer as samples
    from {{ ref('web_vital_distributions') }}
    {% if is_incremental() %}
    where day in ({{ touched_days() }})
    {% endif %}
    group by
        property_id,
        day,
        device_type,
        vital,
        value
),

-- All devices, all properties and both have rows under the empty text, so that a window reads one
-- row a day and bucket. (Grouping sets do the same with less text, and spill more.)
counted as (
    select
        property_id,
        day,
        device_type,
        vital,
        value,
        samples
    from values_of_days
    {% for scope in [['property_id'], ['device_type'], []] -%}
    union all
    select
        {{ 'property_id' if 'property_id' in scope else "'' as property_id" }},
        day,
        {{ 'device_type' if 'device_type' in scope else "'' as device_type" }},
        vital,
        value,
        sum(samples)::integer as samples
    from values_of_days
    group by
        {% for name in scope -%}
        {{ name }},
        {% endfor -%}
        day,
        vital,
        value
    {% endfor -%}
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
