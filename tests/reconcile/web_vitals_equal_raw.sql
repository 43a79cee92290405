-- The histogram of a day holds the samples of the raw rows: of each property and of all, on each
-- device and on all of people. The percentiles and ratings made of it are those of these samples.
-- CLS counts in thousandths. Of each page view only the last report of a vital counts.
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

-- What daily_web_vitals has not made of the histogram yet.
owed as (
    select day
    from {{ source('analytics_state', 'rollup_owed_days') }}
    where mart = 'daily_web_vitals'
),

measured as (
    {{ recounted_vitals('web_vital_distributions') }}
),

raw_values as (
    select
        property_id,
        day,
        device_type,
        vital,
        count(*) as samples,
        sum(value) as value_sum,
        percentile_cont(array[0.5, 0.75, 0.95]) within group (
            order by value::double precision
        ) as percentiles
    from measured
    where value is not null
    group by
        property_id,
        day,
        device_type,
        vital
),

-- All devices of people together are under the empty text, too.
raw_values_of_many as (
    select
        scopes.property_id,
        raw_values.day,
        scopes.device_type,
        raw_values.vital,
        sum(raw_values.samples) as samples,
        sum(raw_values.value_sum) as value_sum
    from raw_values
    cross join
        lateral (
            values
            ('', raw_values.device_type),
            (raw_values.property_id, ''),
            ('', '')
        ) as scopes (property_id, device_type)
    where
        scopes.device_type <> ''
        or raw_values.device_type <> 'bot'
    group by
        scopes.property_id,
        raw_values.day,
        scopes.device_type,
        raw_values.vital
),

wanted as (
    select
        property_id,
        day,
        device_type,
        vital,
        samples,
        value_sum
    from raw_values
    union all
    select * from raw_values_of_many
),

histogram_values as (
    select
        days.property_id,
        days.day,
        days.device_type,
        days.vital,
        days.samples,
        valued.samples as samples_of_values,
        valued.value_sum,
        stepped.samples as samples_of_steps
    from {{ ref('web_vital_distributions') }} as days
    cross join
        lateral (
            select
                sum(counted.samples) as samples,
                sum(counted.samples::bigint * counted.value) as value_sum
            from unnest(days.measured_values, days.value_samples) as counted (value, samples)
        ) as valued
    cross join
        lateral (
            select sum(steps.samples) as samples
            from unnest(days.step_samples) as steps (samples)
        ) as stepped
),

offending as (
    select
        property_id,
        day,
        device_type,
        vital,
        'web_vital_distributions' as mart,
        to_jsonb(histogram_values) as mart_row,
        to_jsonb(wanted) as raw_row
    from histogram_values
    full join wanted using (property_id, day, device_type, vital)
    where
        histogram_values.samples is distinct from wanted.samples
        or histogram_values.samples_of_values is distinct from wanted.samples
        or histogram_values.value_sum is distinct from wanted.value_sum
        or histogram_values.samples_of_steps is distinct from wanted.samples
    union all
    select
        property_id,
        day,
        device_type,
        vital,
        'daily_web_vitals' as mart,
        to_jsonb(daily) as mart_row,
        to_jsonb(raw_values) as raw_row
    from {{ ref('daily_web_vitals') }} as daily
    full join raw_values using (property_id, day, device_type, vital)
    where
        day not in (select owed.day from owed)
        and (
            daily.samples is distinct from raw_values.samples
            or daily.p50 is distinct from raw_values.percentiles[1] / {{ vital_scale('vital') }}
            or daily.p75 is distinct from raw_values.percentiles[2] / {{ vital_scale('vital') }}
            or daily.p95 is distinct from raw_values.percentiles[3] / {{ vital_scale('vital') }}
            or daily.good_samples + daily.needs_improvement_samples + daily.poor_samples
            is distinct from raw_values.samples
        )
)

select * from offending
where
    day >= (select horizon.held_from from horizon)
    and day not in (
        {{ erased_since('web_vital_distributions') }}
        union all
        {{ erased_since('daily_web_vitals') }}
    )
