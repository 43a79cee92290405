{% set mart = 'daily_funnel' %}
with

captures as (
    {{ recounted_captures(mart) }}
),

sent as (
    select
        property_id::text as property_id,
        occurred_on as day,
        visitor_id,
        event_type,
        case
            when event_type in ('form_start', 'form_submit')
                then {{ recounted_form_name('props') }}
        end as form_name
    from {{ source('raw', 'events') }}
    where {{ is_recounted(mart, 'occurred_on', 'created_at') }}
),

visitor_totals as (
    select
        coalesce(property_id, '') as property_id,
        day,
        count(distinct visitor_id) as visitors
    from sent
    group by grouping sets (
        (property_id, day),
        (day)
    )
),

steps as (
    select
        scopes.property_id,
        sent.day,
        forms.form_name,
        count(distinct sent.visitor_id) filter (
            where sent.event_type = 'form_start'
        ) as form_starters,
        count(distinct sent.visitor_id) filter (
            where sent.event_type = 'form_submit'
        ) as form_submitters,
        count(*) filter (where sent.event_type = 'form_start') as form_starts,
        count(*) filter (where sent.event_type = 'form_submit') as form_submits
    from sent
    cross join lateral (values (sent.property_id), ('')) as scopes (property_id)
    cross join lateral (values (sent.form_name), ('')) as forms (form_name)
    where sent.form_name is not null
    group by
        scopes.property_id,
        sent.day,
        forms.form_name
),

lead_totals as (
    select
        scopes.property_id,
        captures.day,
        forms.form_name,
        count(distinct captures.submission_id) as new_leads
    from captures
    cross join lateral (values (captures.property_id), ('')) as scopes (property_id)
    cross join lateral (values (captures.form_name), ('')) as forms (form_name)
    where captures.is_first_capture
    group by
        scopes.property_id,
        captures.day,
        forms.form_name
),

places as (
    select
        property_id,
        day,
        '' as form_name
    from visitor_totals
    union
    select
        property_id,
        day,
        form_name
    from steps
    union
    select
        property_id,
        day,
        form_name
    from lead_totals
),

recounted as (
    select
        property_id,
        day,
        form_name,
        coalesce(visitor_totals.visitors, 0) as visitors,
        coalesce(steps.form_starters, 0) as form_starters,
        coalesce(steps.form_submitters, 0) as form_submitters,
        coalesce(lead_totals.new_leads, 0) as new_leads,
        coalesce(steps.form_starts, 0) as form_starts,
        coalesce(steps.form_submits, 0) as form_submits
    from places
    left join visitor_totals using (property_id, day)
    left join steps using (property_id, day, form_name)
    left join lead_totals using (property_id, day, form_name)
)

{{ differences(
    mart,
    ['property_id', 'day', 'form_name'],
    [
        'visitors', 'form_starters', 'form_submitters', 'new_leads', 'form_starts', 'form_submits'
    ]
) }}
