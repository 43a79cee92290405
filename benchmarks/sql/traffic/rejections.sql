insert into raw.ingest_rejections (
    id, property_id, endpoint, reason, status_code, occurred_at, occurred_on, occurrences,
    created_at
)
select
    md5('rejection ' || number)::uuid,
    property_id,
    case when dice / 97 % 5 = 0 then '/v1/leads/capture' else '/v1/events' end,
    (array['invalid_body', 'rate_limited', 'too_old'])[1 + dice / 97 % 3],
    (array[400, 429, 400])[1 + dice / 97 % 3],
    started_at,
    (started_at at time zone 'UTC')::date,
    1 + dice % 3,
    started_at
from public.visits
where dice % 97 = 0
