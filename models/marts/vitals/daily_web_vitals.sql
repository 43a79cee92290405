with

values_of_days as (
    select
        buckets.property_id,
        buckets.day,
        buckets.device_type,
        buckets.vital,
        counted.value,
        counted.samples
    from {{ ref('web_vital_buckets') }} as buckets
    cross join
        unnest(buckets.bucket_values, buckets.bucket_samples) as counted (value, samples)
    where
        buckets.property_id <> ''
        and buckets.device_type <> ''
        {% if is_incremental() %}
        and buckets.day in ({{ touched_days() }})
        {% endif %}
),

thresholds as (
    {{ vital_thresholds() }}
),

-- Numbered, because ranks need a sort, and one by four names takes four times as long as one by
-- a number.
groups as (
    select
        *,
        row_number() over (order by day asc) as group_number
    from (
        select distinct
            property_id,
            day,
            device_type,
            vital
        from values_of_days
    ) as named
),

ranked as (
    select
        groups.group_number,
        values_of_days.value,
        values_of_days.samples,
        thresholds.good_up_to,
        thresholds.poor_above,
        (
            sum(values_of_days.samples) over (
                partition by groups.group_number
                order by values_of_days.value asc
            )
        )::bigint as up_to,
        (sum(values_of_days.samples) over (partition by groups.group_number))::bigint as total
    from values_of_days
    inner join groups using (property_id, day, device_type, vital)
    inner join thresholds using (vital)
),

measured as (
    select
        group_number,
        sum(samples)::bigint as samples,
        {{ percentile_of_distribution(0.5) }} as p50,
        {{ percentile_of_distribution(0.75) }} as p75,
        {{ percentile_of_distribution(0.95) }} as p95,
        coalesce(sum(samples) filter (where value <= good_up_to), 0)::bigint as good_samples,
        coalesce(sum(samples) filter (where value > poor_above), 0)::bigint as poor_samples
    from ranked
    group by group_number
),

vitals as (
    select
        groups.property_id,
        groups.day,
        groups.device_type,
        groups.vital,
        measured.samples,
        measured.p50,
        measured.p75,
        measured.p95,
        measured.good_samples,
        measured.poor_samples
    from groups
    inner join measured using (group_number)
),

scaled as (
    select
        property_id,
        day,
        device_type,
        vital,
        samples,
        {% for percentile in ['p50', 'p75', 'p95'] -%}
        {{ percentile }} / {{ vital_scale('vital') }} as {{ percentile }},
        {% endfor -%}
        good_samples,
        samples - good_samples - poor_samples as needs_improvement_samples,
        poor_samples,
        good_samples::double precision / samples as good_share,
        (samples - good_samples - poor_samples)::double precision / samples
            as needs_improvement_share,
        poor_samples::double precision / samples as poor_share,
        {{ build_cutoff() }} as generated_at
    from vitals
)

select * from scaled
