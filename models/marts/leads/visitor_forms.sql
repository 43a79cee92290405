with

events as (
    select
        property_id,
        day,
        visitor_id,
        event_type,
        form_name
    from {{ ref('stg_web__events') }}
    where
        event_type in ('form_start', 'form_submit')
        and received_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and day in ({{ touched_days() }})
        {% endif %}
),

forms as (
    select
        property_id,
        day,
        visitor_id,
        coalesce(form_name, '(not set)') as form_name,
        count(*) filter (where event_type = 'form_start') as form_starts,
        count(*) filter (where event_type = 'form_submit') as form_submits,
        {{ build_cutoff() }} as generated_at
    from events
    group by
        property_id,
        day,
        visitor_id,
        coalesce(form_name, '(not set)')
)

select * from forms
