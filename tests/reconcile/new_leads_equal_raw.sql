-- A lead counts once for each property on which its visitor had been, and once for all of them.
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

watermark as (
    select received_through
    from {{ source('analytics_state', 'rollup_watermarks') }}
    where mart = 'daily_new_leads'
),

captures as (
    select
        submissions.id,
        submissions.visitor_id,
        submissions.captured_at,
        submissions.occurred_on as day
    from {{ source('raw', 'form_submissions') }} as submissions
    where
        submissions.is_first_capture
        and submissions.created_at < (select watermark.received_through from watermark)
),

properties_of_captures as (
    select
        captures.id,
        captures.day,
        properties.property_id
    from captures
    cross join lateral (
        select events.property_id::text as property_id
        from {{ source('raw', 'events') }} as events
        where
            events.visitor_id = captures.visitor_id
            and events."timestamp" <= captures.captured_at
            and events.created_at < (select watermark.received_through from watermark)
        union
        select kept.property_id::text as property_id
        from {{ source('raw', 'submission_properties') }} as kept
        where
            kept.visitor_id = captures.visitor_id
            and kept.submission_id = captures.id
            and kept.created_at < (select watermark.received_through from watermark)
    ) as properties
),

raw_counts as (
    select
        property_id,
        day,
        count(*) as new_leads
    from properties_of_captures
    group by
        property_id,
        day
    union all
    select
        '' as property_id,
        day,
        count(distinct id) as new_leads
    from properties_of_captures
    group by day
)

select
    property_id,
    day,
    mart.new_leads as mart_leads,
    raw_counts.new_leads as raw_leads
from {{ ref('daily_new_leads') }} as mart
full join raw_counts using (property_id, day)
where
    day >= (select horizon.held_from from horizon)
    and day not in (
        {{ erased_since('daily_new_leads') }}
    )
    and coalesce(mart.new_leads, 0) != coalesce(raw_counts.new_leads, 0)
