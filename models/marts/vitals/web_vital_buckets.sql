with

distributions as (
    select * from {{ ref('web_vital_distributions') }}
    {% if is_incremental() %}
    where day in ({{ touched_days() }})
    {% endif %}
),

buckets as (
    select
        property_id,
        day,
        device_type,
        vital,
        value / 64 as bucket,
        sum(samples)::bigint as samples,
        {{ build_cutoff() }} as generated_at
    from distributions
    group by
        property_id,
        day,
        device_type,
        vital,
        value / 64
)

select * from buckets
