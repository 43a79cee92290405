select coalesce(sum(occurrences), 0)::bigint as rejected
from raw.ingest_rejections
where property_id = %(property)s
    and (occurred_at at time zone 'UTC')::date between %(first)s and %(last)s
    and (endpoint = '/v1/events' or endpoint like '/v1/events/%%')
