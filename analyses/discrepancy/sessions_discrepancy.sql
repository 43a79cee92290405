with

recounted as (
    {{ recounted_sessions('sessions') }}
)

{{ differences(
    'sessions',
    ['session_id', 'property_id'],
    [
        'visitor_id', 'day', 'started_at', 'ended_at', 'started_hour', 'duration_ms', 'entry_path',
        'exit_path', 'events', 'page_views', 'conversions', 'engaged_ms', 'is_bounce',
        'is_converted', 'is_bot', 'is_returning', 'is_coarse', 'traffic_source', 'device_type',
        'country_code', 'referrer', 'referrer_host', 'referrer_page', 'utm_source', 'utm_medium',
        'utm_campaign'
    ]
) }}
