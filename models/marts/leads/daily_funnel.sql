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
        received_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and day in ({{ touched_days() }})
        {% endif %}
),

first_captures as (
    select * from {{ ref('int_web__first_captures') }}
    {% if is_incremental() %}
    where day in ({{ touched_days() }})
    {% endif %}
),

-- The name stays null for events that are of no form, and is never looked for in their props.
counted as (
    select
        property_id,
        day,
        visitor_id,
        case
            when event_type in ('form_start', 'form_submit') then coalesce(form_name, '(not set)')
        end as form_name,
        count(*) filter (where event_type = 'form_start') as form_starts,
        count(*) filter (where event_type = 'form_submit') as form_submits
    from events
    group by
        property_id,
        day,
        visitor_id,
        case
            when event_type in ('form_start', 'form_submit') then coalesce(form_name, '(not set)')
        end
),

-- Each with all properties together, where a visitor of two is one, and with all forms together.
by_visitor as (
    select
        coalesce(property_id, '') as property_id,
        day,
        visitor_id,
        case when grouping(form_name) = 1 then '' else form_name end as form_name,
        sum(form_starts) as form_starts,
        sum(form_submits) as form_submits
    from counted
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
        count(*) as visitors,
        count(*) filter (where form_starts > 0) as form_starters,
        count(*) filter (where form_submits > 0) as form_submitters,
        sum(form_starts)::bigint as form_starts,
        sum(form_submits)::bigint as form_submits
    from by_visitor
    where form_name is not null
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

all_visitors as (
    select
        property_id,
        day,
        visitors
    from steps
    where form_name = ''
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
    from steps
    full join lead_totals using (property_id, day, form_name)
    left join all_visitors using (property_id, day)
)

select * from funnel
