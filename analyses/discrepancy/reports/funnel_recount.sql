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
        property_id::text as property_id,
        visitor_id,
        event_type,
        case
            when event_type in ('form_start', 'form_submit')
                then {{ recounted_form_name('props') }}
        end as form_name
    from {{ source('raw', 'events') }}
    where {{ is_recounted(mart, 'occurred_on', 'created_at') }}
),

by_visitor as (
    select
        property_id,
        visitor_id,
        form_name,
        count(*) filter (where event_type = 'form_start') as form_starts,
        count(*) filter (where event_type = 'form_submit') as form_submits
    from sent
    group by
        property_id,
        visitor_id,
        form_name
),

steps as (
    select
        scopes.property_id,
        forms.form_name,
        count(distinct by_visitor.visitor_id) as visitors,
        count(distinct by_visitor.visitor_id) filter (
            where by_visitor.form_starts > 0
        ) as form_starters,
        count(distinct by_visitor.visitor_id) filter (
            where by_visitor.form_submits > 0
        ) as form_submitters,
        sum(by_visitor.form_starts)::bigint as form_starts,
        sum(by_visitor.form_submits)::bigint as form_submits
    from by_visitor
    cross join lateral (values (by_visitor.property_id), ('')) as scopes (property_id)
    cross join lateral (values (by_visitor.form_name), ('')) as forms (form_name)
    where
        forms.form_name is not null
        and {{ wanted }} ? scopes.property_id
    group by
        scopes.property_id,
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
