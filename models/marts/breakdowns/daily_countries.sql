{{ visitors_and_events_by('country_code') }}
