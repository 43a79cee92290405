select
    count(*) filter (where event_type = 'form_start') as form_starts,
    count(*) filter (where event_type = 'form_submit') as form_submits
from raw.events
where event_type in ('form_start', 'form_submit') and property_id = %(property)s
    and "timestamp" >= %(since)s and "timestamp" < %(until)s and occurred_on = %(day)s
