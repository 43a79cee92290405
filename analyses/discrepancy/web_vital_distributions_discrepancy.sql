{% set keys = ['property_id', 'day', 'device_type', 'country_code', 'vital', 'value'] %}
with

measured as (
    {{ recounted_vitals('web_vital_distributions') }}
),

recounted as (
    select
        property_id,
        day,
        device_type,
        country_code,
        vital,
        value,
        count(*) as samples
    from measured
    where value is not null
    group by
        property_id,
        day,
        device_type,
        country_code,
        vital,
        value
)

{{ differences('web_vital_distributions', keys, ['samples']) }}
