with source as (
    select
        id,
        visitor_id,
        session_id,
        property_id,
        dedupe_key,
        event_type,
        path,
        traffic_source,
        device_type,
        country_code,
        is_entrance,
        is_exit,
        is_conversion,
        props,
        occurred_on,
        "timestamp",
        created_at
    from {{ source('raw', 'events') }}
)

select
    id as event_id,
    visitor_id,
    session_id,
    property_id::text as property_id,
    dedupe_key::text as dedupe_key,

    event_type::text as event_type,
    path::text as path,
    traffic_source::text as traffic_source,
    device_type::text as device_type,
    country_code::text as country_code,
    is_entrance,
    is_exit,
    is_conversion,

    {{ json_number('props', 'ttfbMs', 0, 120000) }} as ttfb_ms,
    {{ json_number('props', 'lcpMs', 0, 120000) }} as lcp_ms,
    {{ json_number('props', 'fcpMs', 0, 120000) }} as fcp_ms,
    {{ json_number('props', 'inpMs', 0, 120000) }} as inp_ms,
    {{ json_number('props', 'clsScore', 0, 10) }} as cls_score,
    {{ json_number('props', 'engagedTimeMs', 0, 86400000) }} as engaged_time_ms,
    {{ json_number('props', 'scrollDepthPercent', 0, 100) }} as scroll_depth_percent,

    -- Not utc_day(): a check proves the stored day equal, and it is the partition key.
    occurred_on as day,
    "timestamp" as occurred_at,
    created_at as received_at
from source
