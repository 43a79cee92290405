with

days as (
    select
        property_id,
        day,
        device_type,
        vital,
        samples,
        measured_values,
        value_samples
    from {{ ref('web_vital_distributions') }}
    where
        property_id <> ''
        and device_type <> ''
        {% if is_incremental() %}
        and day in ({{ touched_days() }})
        {% endif %}
),

-- The published bounds of good and poor, in the whole numbers of the distributions.
bounds as (
    select *
    from (
        values
        {% for vital in var('web_vitals') -%}
        (
            '{{ vital.name }}', {{ vital.good_up_to }}, {{ vital.poor_above }}, {{ vital.scale }}
        ){{ ',' if not loop.last }}
        {% endfor -%}
    ) as published (vital, good_up_to, poor_above, scale)
),

measured as (
    select
        days.property_id,
        days.day,
        days.device_type,
        days.vital,
        days.samples,
        percentiles.p50 / bounds.scale as p50,
        percentiles.p75 / bounds.scale as p75,
        percentiles.p95 / bounds.scale as p95,
        percentiles.good_samples,
        days.samples - percentiles.good_samples - percentiles.poor_samples
            as needs_improvement_samples,
        percentiles.poor_samples
    from days
    inner join bounds using (vital)
    cross join
        lateral (
            select
                {% for name, share in [('p50', 0.5), ('p75', 0.75), ('p95', 0.95)] -%}
                {{ percentile_of_distribution(
                    share, 'ranked.value', 'ranked.up_to', 'ranked.total'
                ) }} as {{ name }},
                {% endfor -%}
                coalesce(
                    sum(ranked.samples) filter (where ranked.value <= bounds.good_up_to), 0
                )::bigint as good_samples,
                coalesce(
                    sum(ranked.samples) filter (where ranked.value > bounds.poor_above), 0
                )::bigint as poor_samples
            from (
                select
                    counted.value,
                    counted.samples,
                    sum(counted.samples) over (order by counted.value asc) as up_to,
                    days.samples as total
                from
                    unnest(days.measured_values, days.value_samples) as counted (value, samples)
            ) as ranked
        ) as percentiles
),

vitals as (
    select
        *,
        good_samples::double precision / samples as good_share,
        needs_improvement_samples::double precision / samples as needs_improvement_share,
        poor_samples::double precision / samples as poor_share,
        {{ build_cutoff() }} as generated_at
    from measured
)

select * from vitals
