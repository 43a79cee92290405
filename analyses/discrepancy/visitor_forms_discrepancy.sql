with

recounted as (
    select
        property_id::text as property_id,
        occurred_on as day,
        visitor_id,
        {{ recounted_form_name('props') }} as form_name,
        count(*) filter (where event_type = 'form_start') as form_starts,
        count(*) filter (where event_type = 'form_submit') as form_submits
    from {{ source('raw', 'events') }}
    where
        event_type in ('form_start', 'form_submit')
        and {{ is_recounted('visitor_forms', 'occurred_on', 'created_at') }}
    group by
        property_id,
        occurred_on,
        visitor_id,
        {{ recounted_form_name('props') }}
)

{{ differences(
    'visitor_forms',
    ['property_id', 'day', 'visitor_id', 'form_name'],
    ['form_starts', 'form_submits']
) }}
