{{ config(meta={'also_touches': 'days_of_changed_sessions', 'shape': 2}) }}

{{ visits_by(
    'referrer_key',
    {'referrer_host': 'referrer_host', 'referrer_page': 'referrer_page'},
    'referrer_host is not null',
) }}
