-- What the funnel of a window says, counted from raw: for each property that is asked for a row of
-- all forms, which have the empty name, and one of each. The empty property is all of them.
{% set mart = 'visitor_recency' %}
{% set wanted = "'" ~ var("discrepancy_properties", '[""]') ~ "'::jsonb" %}
with

captures as (
    {{ recounted_captures(mart) }}
),

sent as (
    select
        scopes.property_id,
        events.visitor_id,
        events.event_type,
        case
            when events.event_type in ('form_start', 'form_submit')
                then {{ recounted_form_name('events.props') }}
        end as form_name
    from {{ source('raw', 'events') }} as events
    cross join lateral (values (events.property_id::text), ('')) as scopes (property_id)
    where
        {{ wanted }} ? scopes.property_id
        and {{ is_recounted(mart, 'events.occurred_on', 'events.created_at') }}
),

steps as (
    select
        sent.property_id,
        forms.form_name,
        count(distinct sent.visitor_id) as visitors,
        count(distinct sent.visitor_id) filter (
            where sent.event_type = 'form_start'
        ) as form_starters,
        count(distinct sent.visitor_id) filter (
            where sent.event_type = 'form_submit'
        ) as form_submitters,
        count(*) filter (where sent.event_type = 'form_start') as form_starts,
        count(*) filter (where sent.event_type = 'form_submit') as form_submits
    from sent
    cross join lateral (values (sent.form_name), ('')) as forms (form_name)
    where forms.form_name is not null
    group by
        sent.property_id,
        forms.form_name
),

lead_totals as (
    select
        scopes.property_id,
        forms.form_name,
        count(distinct captures.submission_id) as new_leads
    from captures
    cross join lateral (values (captures.property_id), ('')) as scopes (property_id)
    cross join lateral (values (captures.form_name), ('')) as forms (form_name)
    where
        captures.is_first_capture
        and {{ wanted }} ? scopes.property_id
    group by
        scopes.property_id,
        forms.form_name
),

asked as (
    select
        properties.property_id,
        '' as form_name
    from jsonb_array_elements_text({{ wanted }}) as properties (property_id)
    union
    select
        property_id,
        form_name
    from steps
    union
    select
        property_id,
        form_name
    from lead_totals
),

funnels as (
    select
        property_id,
        form_name,
        coalesce(steps.visitors, 0) as visitors,
        coalesce(steps.form_starters, 0) as form_starters,
        coalesce(steps.form_submitters, 0) as form_submitters,
        coalesce(lead_totals.new_leads, 0) as new_leads,
        coalesce(steps.form_starts, 0) as form_starts,
        coalesce(steps.form_submits, 0) as form_submits
    from asked
    left join steps using (property_id, form_name)
    left join lead_totals using (property_id, form_name)
)

select * from funnels
order by
    property_id asc,
    new_leads desc,
    form_submits desc,
    form_name collate "C" asc
