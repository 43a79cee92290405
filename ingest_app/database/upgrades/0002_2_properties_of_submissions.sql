-- For submissions of before the table, as long as raw holds the events. In a transaction of its
-- own: the locks of the definitions are gone before events are read.
insert into raw.submission_properties (visitor_id, submission_id, property_id, created_at)
select
    submissions.visitor_id,
    submissions.id,
    events.property_id,
    min(events.created_at) as created_at
from raw.form_submissions as submissions
inner join raw.events
    on
        submissions.visitor_id = events.visitor_id
        and submissions.captured_at >= events."timestamp"
group by
    submissions.visitor_id,
    submissions.id,
    events.property_id
order by
    submissions.visitor_id,
    submissions.id,
    events.property_id
on conflict do nothing;
