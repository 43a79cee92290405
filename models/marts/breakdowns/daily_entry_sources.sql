{{ config(meta={'also_touches': 'days_of_changed_sessions'}) }}

{{ visits_by('source_key', {'traffic_source': 'traffic_source'}, 'true') }}
