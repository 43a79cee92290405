with

events as (
    select
        property_id,
        day,
        device_type,
        coalesce(country_code, 'unknown') as country_code,
        fcp_ms,
        lcp_ms,
        inp_ms,
        ttfb_ms,
        cls_score
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
            values
            ('fcp', events.fcp_ms),
            ('lcp', events.lcp_ms),
            ('inp', events.inp_ms),
            ('ttfb', events.ttfb_ms),
            -- In thousandths, so that one column of whole numbers serves all.
            ('cls', 1000 * events.cls_score)
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
