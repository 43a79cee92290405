with

measured as (
    {{ recounted_vitals('daily_web_vitals') }}
),

-- The published bounds: the last good and the last not poor value.
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

counted as (
    select
        measured.property_id,
        measured.day,
        measured.device_type,
        measured.vital,
        count(*) as samples,
        percentile_cont(array[0.5, 0.75, 0.95]) within group (
            order by measured.value::double precision
        ) as percentiles,
        count(*) filter (where measured.value <= bounds.good_up_to) as good_samples,
        count(*) filter (where measured.value > bounds.poor_above) as poor_samples,
        min(bounds.scale) as scale
    from measured
    inner join bounds using (vital)
    where measured.value is not null
    group by
        measured.property_id,
        measured.day,
        measured.device_type,
        measured.vital
),

recounted as (
    select
        property_id,
        day,
        device_type,
        vital,
        samples,
        percentiles[1] / scale as p50,
        percentiles[2] / scale as p75,
        percentiles[3] / scale as p95,
        good_samples,
        samples - good_samples - poor_samples as needs_improvement_samples,
        poor_samples,
        good_samples::double precision / samples as good_share,
        (samples - good_samples - poor_samples)::double precision / samples
            as needs_improvement_share,
        poor_samples::double precision / samples as poor_share
    from counted
)

{{ differences(
    'daily_web_vitals',
    ['property_id', 'day', 'device_type', 'vital'],
    [
        'samples', 'p50', 'p75', 'p95', 'good_samples', 'needs_improvement_samples',
        'poor_samples', 'good_share', 'needs_improvement_share', 'poor_share'
    ]
) }}
