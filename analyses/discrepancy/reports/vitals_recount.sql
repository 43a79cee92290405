-- What the web vitals of a window are, counted from raw: a row for each property, audience, device
-- and vital. The empty property is all of them together, the empty device all of the audience.
{% set wanted = "'" ~ var("discrepancy_properties", '[""]') ~ "'::jsonb" %}
with

measured as (
    {{ recounted_vitals('web_vital_distributions') }}
),

-- The published bounds: the last good and the last not poor value.
bounds as (
    select *
    from (
        values
        {% for vital in var('web_vitals') -%}
        ('{{ vital.name }}', {{ vital.good_up_to }}, {{ vital.poor_above }})
        {{- ',' if not loop.last }}
        {% endfor -%}
    ) as published (vital, good_up_to, poor_above)
),

counted as (
    select
        coalesce(measured.property_id, '') as property_id,
        case measured.device_type = 'bot'
            when true then 'bots'
            when false then 'people'
            else 'all'
        end as audience,
        coalesce(measured.device_type, '') as device_type,
        measured.vital,
        count(*) as samples,
        percentile_cont(array[0.5, 0.75, 0.95]) within group (
            order by measured.value::double precision
        ) as percentiles,
        count(*) filter (where measured.value <= bounds.good_up_to) as good,
        count(*) filter (where measured.value > bounds.poor_above) as poor
    from measured
    inner join bounds using (vital)
    where measured.value is not null
    group by grouping sets (
        (measured.property_id, measured.device_type, measured.vital),
        (measured.property_id, measured.device_type = 'bot', measured.vital),
        (measured.property_id, measured.vital),
        (measured.device_type, measured.vital),
        (measured.device_type = 'bot', measured.vital),
        (measured.vital)
    )
)

select * from counted
where {{ wanted }} ? property_id
