{# A day too many costs its rebuild, a day too few is a wrong number: where in doubt, touch. #}
{%- macro days_received_since(watermark) -%}
{%- set events = of_received('events', watermark) -%}
with received as materialized (
    select visitor_id, occurred_on, "timestamp" as occurred_at
    from {{ events }} as events
    where {{ is_newly_received('events', watermark) }}
),

received_by_visitor as (
    select visitor_id, min(occurred_at) as first_occurred_at
    from received
    group by visitor_id
),

-- Whom a late event made older is now returning on the day that used to be the first. Nobody else
-- can be: a visitor first seen before all that came in was not moved by it.
no_longer_first as (
    select earlier.day
    from received_by_visitor
    inner join {{ of_received('visitors', watermark) }} as visitors
        on
            received_by_visitor.visitor_id = visitors.id
            and received_by_visitor.first_occurred_at <= visitors.first_seen_at
            and visitors.created_at < '{{ watermark.received_through }}'::timestamptz
    cross join lateral (
        select min(known.occurred_on) as day
        from {{ events }} as known
        where
            known.visitor_id = received_by_visitor.visitor_id
            and not ({{ is_newly_received('known', watermark) }})
    ) as firsts
    -- One moment is on up to three days, by the clocks of the properties on which the visitor was.
    cross join lateral (
        select distinct known.occurred_on as day
        from {{ events }} as known
        where
            known.visitor_id = received_by_visitor.visitor_id
            and known.occurred_on between firsts.day and firsts.day + case
                when exists (select from {{ source('raw', 'property_zones') }}) then 2
                else 0
            end
    ) as earlier
    -- A property's day of it may be the one before.
    where earlier.day >= {{ utc_day('received_by_visitor.first_occurred_at') }}
),

-- A late event changes the properties a capture counts for, and the time that led up to it.
captured_after_late_event as (
    select submissions.occurred_on as day
    from received_by_visitor
    inner join {{ of_received('form_submissions', watermark) }} as submissions
        on
            received_by_visitor.visitor_id = submissions.visitor_id
            and received_by_visitor.first_occurred_at <= submissions.captured_at
),

-- That time is counted from the earliest visitor of the lead, whom a late event makes older and a
-- later submission may name: it changes the day on which another visitor became the lead.
seen_of_leads as (
    select
        coalesce(named.lead_id, named.erased_lead_id, named.id) as lead_key,
        named.visitor_id
    from received_by_visitor
    inner join {{ of_received('visitors', watermark) }} as visitors
        on
            received_by_visitor.visitor_id = visitors.id
            and received_by_visitor.first_occurred_at <= visitors.first_seen_at
    inner join {{ of_received('form_submissions', watermark) }} as named
        on received_by_visitor.visitor_id = named.visitor_id
    union
    select
        coalesce(named.lead_id, named.erased_lead_id, named.id) as lead_key,
        named.visitor_id
    from {{ of_received('form_submissions', watermark) }} as named
    where {{ is_newly_received('named', watermark) }}
),

captured_from_elsewhere as (
    select firsts.occurred_on as day
    from seen_of_leads
    inner join {{ of_received('form_submissions', watermark) }} as firsts
        on
            seen_of_leads.lead_key
            = coalesce(firsts.lead_id, firsts.erased_lead_id, firsts.id)
            and seen_of_leads.visitor_id != firsts.visitor_id
    where firsts.is_first_capture
)

select occurred_on as day from received
union
select day from no_longer_first
union
select day from captured_after_late_event
union
select day from captured_from_elsewhere
union
select occurred_on as day
from {{ of_received('form_submissions', watermark) }} as form_submissions
where {{ is_newly_received('form_submissions', watermark) }}
union
select occurred_on as day
from {{ source('raw', 'ingest_rejections') }}
where {{ is_newly_received('ingest_rejections', watermark) }}
union
select occurred_on as day
from {{ source('raw', 'ingest_duplicates') }}
where {{ is_newly_received('ingest_duplicates', watermark) }}
union
-- What was erased is gone; its days were written down.
select unnest(touched_days) as day
from {{ source('raw', 'erasures') }}
where {{ is_newly_received('erasures', watermark) }}
{%- endmacro -%}
