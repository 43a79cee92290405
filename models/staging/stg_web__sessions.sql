with source as (
    select
        id,
        visitor_id,
        landing_path,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        started_at,
        last_event_at,
        updated_at,
        is_coarse
    from {{ source('raw', 'sessions') }}
)

select
    id as session_id,
    visitor_id,

    landing_path::text as landing_path,
    referrer::text as referrer,
    utm_source::text as utm_source,
    utm_medium::text as utm_medium,
    utm_campaign::text as utm_campaign,

    {{ utc_day('started_at') }} as day,
    started_at,
    last_event_at as ended_at,
    updated_at,
    is_coarse
from source
