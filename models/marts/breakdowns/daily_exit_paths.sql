{{ config(meta={'also_touches': 'days_of_changed_sessions', 'shape': 2}) }}

{{ visits_by('path_key', {'path': 'exit_path'}, 'exit_path is not null') }}
