insert into raw.ingest_duplicates (id, property_id, occurred_on, occurrences, created_at)
select
    md5('duplicate ' || number)::uuid,
    property_id,
    (started_at at time zone 'UTC')::date,
    1 + dice % 2,
    started_at + interval '5 seconds'
from public.visits
where dice % 53 = 0
