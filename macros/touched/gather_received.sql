{#
    On Citus: of everybody of whom something was received since a moment, or who has an event on a day that
    is recounted, what touched days are looked for in. Of leads also what others have sent of them.
#}
{%- macro gather_received(since, recounted_from) -%}
drop table if exists
    pg_temp.footfall_received, pg_temp.footfall_events, pg_temp.footfall_sessions,
    pg_temp.footfall_visitors, pg_temp.footfall_form_submissions;

create temporary table footfall_received as
select distinct visitor_id
from {{ source('raw', 'events') }}
where
    created_at >= '{{ since }}'::timestamptz
    {% if recounted_from -%}
    or occurred_on >= '{{ recounted_from }}'::date
    {%- endif %}
union
select visitor_id
from {{ source('raw', 'form_submissions') }}
where created_at >= '{{ since }}'::timestamptz;

create temporary table footfall_events as
select
    visitor_id,
    session_id,
    property_id,
    occurred_on,
    "timestamp",
    created_at,
    event_type,
    path,
    page,
    traffic_source,
    device_type,
    country_code,
    view_id,
    case when view_id is not null then props end as props
from {{ source('raw', 'events') }}
where visitor_id in (select visitor_id from pg_temp.footfall_received);

create temporary table footfall_sessions as
select
    visitor_id,
    id,
    started_at,
    last_event_at,
    updated_at
from {{ source('raw', 'sessions') }}
where visitor_id in (select visitor_id from pg_temp.footfall_received);

create temporary table footfall_visitors as
select
    id,
    first_seen_at,
    created_at
from {{ source('raw', 'visitors') }}
where id in (select visitor_id from pg_temp.footfall_received);

create temporary table footfall_form_submissions as
with named as materialized (
    select distinct coalesce(lead_id, erased_lead_id, id) as lead_key
    from {{ source('raw', 'form_submissions') }}
    where visitor_id in (select visitor_id from pg_temp.footfall_received)
)

select
    id,
    visitor_id,
    lead_id,
    erased_lead_id,
    is_first_capture,
    captured_at,
    occurred_on,
    created_at
from {{ source('raw', 'form_submissions') }}
where coalesce(lead_id, erased_lead_id, id) in (select lead_key from named);

create index on footfall_events (visitor_id, occurred_on);
create index on footfall_sessions (visitor_id);
analyze footfall_events;
analyze footfall_sessions
{%- endmacro -%}
