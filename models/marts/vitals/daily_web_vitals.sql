with

values_of_days as (
    select
        property_id,
        day,
        device_type,
        vital,
        value,
        sum(samples) as samples
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

thresholds as (
    {{ vital_thresholds() }}
),

ranked as (
    select
        property_id,
        day,
        device_type,
        vital,
        value,
        samples,
        sum(samples) over (
            partition by property_id, day, device_type, vital
            order by value asc
        ) as up_to,
        sum(samples) over (partition by property_id, day, device_type, vital) as total
    from values_of_days
),

vitals as (
    select
        ranked.property_id,
        ranked.day,
        ranked.device_type,
        ranked.vital,
        sum(ranked.samples)::bigint as samples,
        {{ percentile_of_distribution(0.5) }} as p50,
        {{ percentile_of_distribution(0.75) }} as p75,
        {{ percentile_of_distribution(0.95) }} as p95,
        coalesce(
            sum(ranked.samples) filter (where ranked.value <= thresholds.good_up_to), 0
        )::bigint as good_samples,
        coalesce(
            sum(ranked.samples) filter (where ranked.value > thresholds.poor_above), 0
        )::bigint as poor_samples
    from ranked
    inner join thresholds
        on ranked.vital = thresholds.vital
    group by
        ranked.property_id,
        ranked.day,
        ranked.device_type,
        ranked.vital
),

scaled as (
    select
        property_id,
        day,
        device_type,
        vital,
        samples,
        {% for percentile in ['p50', 'p75', 'p95'] -%}
        case when vital = 'cls' then {{ percentile }} / 1000 else {{ percentile }} end
            as {{ percentile }},
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
