{{ visitors_and_events_by('device_type') }}
