insert into raw.form_submissions (
    id, visitor_id, session_id, lead_id, form_name, validation_status, is_first_capture,
    captured_at, occurred_on, created_at
)
select
    md5('submission ' || number)::uuid,
    visitor_id,
    session_id,
    case when is_valid then md5('lead ' || visitor_id)::uuid end,
    'contact',
    case when is_valid then 'accepted' else 'rejected' end::raw.validation_status,
    is_valid and row_number() over (partition by visitor_id, is_valid order by number) = 1,
    started_at + interval '30 seconds',
    ((started_at + interval '30 seconds') at time zone 'UTC')::date,
    started_at + interval '31 seconds'
from (
    select *, dice / 61 % 20 > 0 as is_valid
    from public.visits
    where dice % 61 = 0
) as captures
