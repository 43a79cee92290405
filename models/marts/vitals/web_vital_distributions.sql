{{ config(meta={'also_touches': 'days_of_replaced_reports', 'shape': 2}) }}

with

-- The values of a day in one list, in any order, counted and sorted list by list: a sort of all
-- values by their names takes longer than everything else here. The events are no step of their
-- own, so that Citus makes the lists where they are.
lists as (
    select
        {% for vital in var('web_vitals') -%}
        -- {{ vital.scale }} times what the browser measured, so that whole numbers serve all.
        array_agg(round({{ vital.scale }} * {{ vital.column }})::integer) filter (
            where {{ vital.column }} is not null
        ) as {{ vital.name }},
        {% endfor -%}
        property_id,
        day,
        device_type
    from (
        {{ last_reports(
            ['property_id', 'day', 'device_type'], var('web_vitals') | map(attribute='column') | list
        ) }}
    ) as events
    group by
        day,
        property_id,
        device_type
),

of_properties as materialized (
    select
        lists.property_id,
        lists.day,
        lists.device_type,
        vitals.vital,
        counted.measured_values,
        counted.value_samples
    from lists
    cross join
        lateral (
            values
            {% for vital in var('web_vitals') -%}
            ('{{ vital.name }}', lists.{{ vital.name }}){{ ',' if not loop.last }}
            {% endfor -%}
        ) as vitals (vital, day_values)
    cross join
        lateral ( -- noqa: ST05
            select
                array_agg(value_counts.value order by value_counts.value asc) as measured_values,
                array_agg(value_counts.samples order by value_counts.value asc) as value_samples
            from (
                select
                    day_values.value,
                    count(*)::integer as samples
                from unnest(vitals.day_values) as day_values (value)
                group by day_values.value
            ) as value_counts
        ) as counted
    where vitals.day_values is not null
),

-- All properties together have rows of their own under the empty text, and all devices of people.
-- The rows of each are brought together by a number: a sort of their values by four names takes
-- longer.
many as (
    select
        scopes.property_id,
        of_properties.day,
        scopes.device_type,
        of_properties.vital,
        dense_rank() over (
            order by
                of_properties.day asc,
                scopes.property_id asc,
                scopes.device_type asc,
                of_properties.vital asc
        ) as place,
        of_properties.measured_values,
        of_properties.value_samples
    from of_properties
    cross join
        lateral (
            values
            ('', of_properties.device_type, true),
            (of_properties.property_id, '', not {{ is_bot('of_properties') }}),
            ('', '', not {{ is_bot('of_properties') }})
        ) as scopes (property_id, device_type, is_theirs)
    where scopes.is_theirs
),

-- A value and how often it occurred in one number, to be listed like the values above.
pairs_of_many as (
    select
        many.place,
        array_agg((counted.value::bigint << 32) | counted.samples) as pairs
    from many
    cross join
        unnest(many.measured_values, many.value_samples) as counted (value, samples)
    group by many.place
),

named as (
    select distinct
        place,
        property_id,
        day,
        device_type,
        vital
    from many
),

of_many as (
    select
        named.property_id,
        named.day,
        named.device_type,
        named.vital,
        counted.measured_values,
        counted.value_samples
    from pairs_of_many
    inner join named
        on pairs_of_many.place = named.place
    cross join
        lateral ( -- noqa: ST05
            select
                array_agg(value_counts.value order by value_counts.value asc) as measured_values,
                array_agg(value_counts.samples order by value_counts.value asc) as value_samples
            from (
                select
                    (pairs.pair >> 32)::integer as value,
                    sum(pairs.pair & 4294967295)::integer as samples
                from unnest(pairs_of_many.pairs) as pairs (pair)
                group by pairs.pair >> 32
            ) as value_counts
        ) as counted
),

counted_days as (
    select * from of_properties
    union all
    select * from of_many
),

distributions as (
    select
        counted_days.property_id,
        counted_days.day,
        counted_days.device_type,
        counted_days.vital,
        stepped.samples,
        counted_days.measured_values,
        counted_days.value_samples,
        stepped.steps,
        stepped.step_samples,
        {{ build_cutoff() }} as generated_at
    from counted_days
    cross join
        lateral ( -- noqa: ST05
            select
                sum(step_counts.samples)::bigint as samples,
                array_agg(step_counts.step order by step_counts.step asc) as steps,
                array_agg(step_counts.samples order by step_counts.step asc) as step_samples
            from (
                select
                    counted.value / 64 as step,
                    sum(counted.samples)::integer as samples
                from
                    unnest(counted_days.measured_values, counted_days.value_samples)
                        as counted (value, samples)
                group by counted.value / 64
            ) as step_counts
        ) as stepped
)

select * from distributions
