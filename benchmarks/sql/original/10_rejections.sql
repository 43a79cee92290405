select
    coalesce(sum(occurrences) filter (where endpoint <> '/v1/leads/capture'), 0) as events_rejected,
    coalesce(sum(occurrences) filter (where endpoint = '/v1/leads/capture'), 0) as captures_rejected,
    coalesce(
        (
            select jsonb_object_agg(reason, rejected)
            from (
                select reason, sum(occurrences) as rejected
                from raw.ingest_rejections
                where property_id = %(property)s
                    and (occurred_at at time zone 'UTC')::date = %(day)s
                group by reason
            ) as reasons
        ), '{}'
    ) as error_breakdown
from raw.ingest_rejections
where property_id = %(property)s and (occurred_at at time zone 'UTC')::date = %(day)s
