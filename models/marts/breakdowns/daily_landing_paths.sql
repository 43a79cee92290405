{{ config(meta={'also_touches': 'days_of_changed_sessions', 'shape': 4}) }}

{{ visits_by('path_key', {'path': 'entry_path'}, 'entry_path is not null') }}
