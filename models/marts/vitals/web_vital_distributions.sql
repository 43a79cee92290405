{{ config(meta={'also_touches': 'days_of_replaced_reports'}) }}

with

events as (
    {{ last_reports(
        ['property_id', 'day', 'device_type', 'country_code'],
        var('web_vitals') | map(attribute='column') | list
    ) }}
),

measured as (
    select
        events.property_id,
        events.day,
        events.device_type,
        coalesce(events.country_code, 'unknown') as country_code,
        vitals.vital,
        round(vitals.value)::integer as value
    from events
    cross join
        lateral (
            -- CLS in thousandths, so that one column of whole numbers serves all.
            values
            {% for vital in var('web_vitals') -%}
            ('{{ vital.name }}', {{ vital.scale }} * events.{{ vital.column }})
            {{- ',' if not loop.last }}
            {% endfor -%}
        ) as vitals (vital, value)
    where vitals.value is not null
),

distributions as (
    select
        property_id,
        day,
        device_type,
        country_code,
        vital,
        value,
        count(*) as samples,
        {{ build_cutoff() }} as generated_at
    from measured
    group by
        property_id,
        day,
        device_type,
        country_code,
        vital,
        value
)

select * from distributions
