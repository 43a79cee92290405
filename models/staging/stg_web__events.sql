with source as (
    select
        id,
        visitor_id,
        session_id,
        property_id,
        dedupe_key,
        event_type,
        path,
        page,
        traffic_source,
        device_type,
        country_code,
        is_entrance,
        is_exit,
        is_conversion,
        props,
        view_id,
        occurred_on,
        "timestamp",
        created_at
    from {{ source('raw', 'events') }}
)

select
    id as event_id,
    visitor_id,
    session_id,
    view_id,
    property_id::text as property_id,
    dedupe_key::text as dedupe_key,

    event_type::text as event_type,
    coalesce(page, path)::text as path,
    path::text as sent_path,
    traffic_source::text as traffic_source,
    device_type::text as device_type,
    country_code::text as country_code,
    is_entrance,
    is_exit,
    is_conversion,

    {{ form_name('props') }} as form_name,
    {% for measure in var('web_vitals') + var('engagement') -%}
    {{ json_number('props', measure.key, 0, measure.most) }} as {{ measure.column }},
    {% endfor %}
    occurred_on as day,
    "timestamp" as occurred_at,
    created_at as received_at
from source
