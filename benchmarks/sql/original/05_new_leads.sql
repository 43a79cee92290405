select
    count(*) filter (where is_first_capture) as new_leads,
    coalesce(
        sum(
            round(1000 * extract(epoch from greatest(captured_at - first_seen_at, interval '0')))
        ) filter (where is_first_capture), 0
    )::bigint as time_to_first_capture_sum_ms,
    count(*) filter (where is_first_capture) as time_to_first_capture_count
from raw.form_submissions as submissions
inner join raw.visitors on submissions.visitor_id = visitors.id
where (captured_at at time zone 'UTC')::date = %(day)s
    and exists (
        select from raw.events
        where events.visitor_id = submissions.visitor_id and property_id = %(property)s
            and "timestamp" <= captured_at
    )
