-- Whoever came is in visitor_days. What they did with forms is counted of few events, no further
-- than that has come.
with

cutoff as (
    select {{ build_cutoff_with('visitor_days') }} as received_before
),

visits as (
    select
        property_id,
        day,
        visitor_id
    from {{ ref('visitor_days') }}
    {% if is_incremental() %}
    where day in ({{ touched_days() }})
    {% else %}
    where day >= (select horizon.held_from from {{ source('analytics_state', 'raw_horizon') }} as horizon)
    {% endif %}
),

events as (
    select
        events.property_id,
        events.day,
        events.visitor_id,
        events.event_type,
        coalesce(events.form_name, '(not set)') as form_name
    from {{ ref('stg_web__events') }} as events
    cross join cutoff
    where
        events.event_type in ('form_start', 'form_submit')
        and events.received_at < cutoff.received_before
        {% if is_incremental() %}
        and events.day in ({{ touched_days() }})
        {% endif %}
),

first_captures as (
    select captures.*
    from {{ ref('int_web__first_captures') }} as captures
    cross join cutoff
    where
        captures.received_at < cutoff.received_before
        {% if is_incremental() %}
        and captures.day in ({{ touched_days() }})
        {% endif %}
),

-- Each with all properties together, where a visitor of two is one.
all_visitors as (
    select
        coalesce(property_id, '') as property_id,
        day,
        count(distinct visitor_id) as visitors
    from visits
    group by grouping sets (
        (property_id, day),
        (day)
    )
),

-- And with all forms together.
by_visitor as (
    select
        coalesce(property_id, '') as property_id,
        day,
        visitor_id,
        coalesce(form_name, '') as form_name,
        count(*) filter (where event_type = 'form_start') as form_starts,
        count(*) filter (where event_type = 'form_submit') as form_submits
    from events
    group by grouping sets (
        (property_id, day, visitor_id, form_name),
        (property_id, day, visitor_id),
        (day, visitor_id, form_name),
        (day, visitor_id)
    )
),

steps as (
    select
        property_id,
        day,
        form_name,
        count(*) filter (where form_starts > 0) as form_starters,
        count(*) filter (where form_submits > 0) as form_submitters,
        sum(form_starts)::bigint as form_starts,
        sum(form_submits)::bigint as form_submits
    from by_visitor
    group by
        property_id,
        day,
        form_name
),

lead_totals as (
    select
        scopes.property_id,
        first_captures.day,
        forms.form_name,
        count(distinct first_captures.submission_id) as new_leads
    from first_captures
    cross join lateral (values (first_captures.property_id), ('')) as scopes (property_id)
    cross join lateral (values (first_captures.form_name), ('')) as forms (form_name)
    group by
        scopes.property_id,
        first_captures.day,
        forms.form_name
),

places as (
    select
        property_id,
        day,
        '' as form_name
    from all_visitors
),

-- A visitor may become a lead on a day without an event of the property, hence the full join.
funnel as (
    select
        property_id,
        day,
        form_name,
        coalesce(all_visitors.visitors, 0) as visitors,
        coalesce(steps.form_starters, 0) as form_starters,
        coalesce(steps.form_submitters, 0) as form_submitters,
        coalesce(lead_totals.new_leads, 0) as new_leads,
        coalesce(steps.form_starts, 0) as form_starts,
        coalesce(steps.form_submits, 0) as form_submits,
        {{ build_cutoff() }} as generated_at
    from places
    full join steps using (property_id, day, form_name)
    full join lead_totals using (property_id, day, form_name)
    left join all_visitors using (property_id, day)
)

select * from funnel
