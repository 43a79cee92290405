select
    count(*) filter (where validation_status = 'accepted') as leads_accepted,
    count(*) filter (where validation_status <> 'accepted') as captures_refused
from raw.form_submissions as submissions
where (captured_at at time zone 'UTC')::date = %(day)s
    and exists (
        select from raw.events
        where events.visitor_id = submissions.visitor_id and property_id = %(property)s
            and "timestamp" <= captured_at
    )
