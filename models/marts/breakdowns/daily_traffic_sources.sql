{{ visitors_and_events_by('traffic_source') }}
