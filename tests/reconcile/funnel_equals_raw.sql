-- The steps of the funnel count each person once: of a property or of all, by a form or by all.
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

watermark as (
    select received_through
    from {{ source('analytics_state', 'rollup_watermarks') }}
    where mart = 'daily_funnel'
),

sent as (
    select
        events.property_id::text as property_id,
        events.occurred_on as day,
        events.visitor_id,
        events.event_type,
        case
            when jsonb_typeof(events.props -> 'formName') = 'string'
                and length(events.props ->> 'formName') between 1 and 128
                then events.props ->> 'formName'
            else '(not set)'
        end as form_name
    from {{ source('raw', 'events') }} as events
    where
        events.event_type in ('form_start', 'form_submit')
        and events.created_at < (select watermark.received_through from watermark)
),

raw_counts as (
    select
        scopes.property_id,
        sent.day,
        forms.form_name,
        count(distinct sent.visitor_id) filter (
            where sent.event_type = 'form_start'
        ) as form_starters,
        count(distinct sent.visitor_id) filter (
            where sent.event_type = 'form_submit'
        ) as form_submitters
    from sent
    cross join lateral (values (sent.property_id), ('')) as scopes (property_id)
    cross join lateral (values (sent.form_name), ('')) as forms (form_name)
    group by
        scopes.property_id,
        sent.day,
        forms.form_name
),

-- Forms of one lead each, which two other marts count as well.
mart_totals as (
    select
        property_id,
        day,
        sum(new_leads) filter (where form_name = '') as new_leads,
        sum(new_leads) filter (where form_name != '') as new_leads_by_form
    from {{ ref('daily_funnel') }}
    group by
        property_id,
        day
)

select
    property_id,
    day,
    form_name,
    'people' as measure,
    array[mart.form_starters, mart.form_submitters] as mart_values,
    array[raw_counts.form_starters, raw_counts.form_submitters] as raw_values
from {{ ref('daily_funnel') }} as mart
full join raw_counts using (property_id, day, form_name)
where
    day >= (select horizon.held_from from horizon)
    and day not in (
        {{ erased_since('daily_funnel') }}
    )
    and (
        coalesce(mart.form_starters, 0) != coalesce(raw_counts.form_starters, 0)
        or coalesce(mart.form_submitters, 0) != coalesce(raw_counts.form_submitters, 0)
    )
union all
select
    property_id,
    day,
    '' as form_name,
    'new_leads' as measure,
    array[new_leads, new_leads_by_form] as mart_values,
    null as raw_values
from mart_totals
where
    day >= (select horizon.held_from from horizon)
    and new_leads is distinct from coalesce(new_leads_by_form, 0)
