with

recounted as (
    {{ recounted_sessions('sessions') }}
)

{{ differences(
    'sessions',
    ['session_id', 'property_id'],
    [
        'visitor_id', 'day', 'started_at', 'ended_at', 'duration_ms', 'entry_path',
        'exit_path', 'events', 'page_views', 'conversions', 'engaged_ms', 'is_bounce',
        'is_converted', 'traffic_source', 'device_type', 'country_code', 'referrer', 'utm_source',
        'utm_medium', 'utm_campaign'
    ]
) }}
