-- What the trigger and the writer keep of each capture; the rows of above came past both.
insert into raw.submission_properties (visitor_id, submission_id, property_id, created_at)
select submissions.visitor_id, submissions.id, events.property_id, min(events.created_at)
from raw.form_submissions as submissions
inner join raw.events
    on
        submissions.visitor_id = events.visitor_id
        and submissions.captured_at >= events."timestamp"
group by submissions.visitor_id, submissions.id, events.property_id
