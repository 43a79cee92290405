with

events as (
    select
        property_id,
        day,
        device_type,
        {% for vital in var('web_vitals') -%}
        {{ vital.column }},
        {% endfor -%}
        coalesce(country_code, 'unknown') as country_code
    from {{ ref('stg_web__events') }}
    where
        received_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and day in ({{ touched_days() }})
        {% endif %}
),

measured as (
    select
        events.property_id,
        events.day,
        events.device_type,
        events.country_code,
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
