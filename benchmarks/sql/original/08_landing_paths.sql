select coalesce(
    jsonb_agg(
        jsonb_build_object(
            'path', path, 'entrances', entrances, 'conversions', conversions,
            'conversionRate', conversions::double precision / entrances
        )
        order by entrances desc, conversions desc, path collate "C" asc
    ), '[]'
) as top_landing_paths
from (
    select
        path,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_entrance and is_conversion) as conversions
    from raw.events
    where property_id = %(property)s and "timestamp" >= %(since)s and "timestamp" < %(until)s
        and occurred_on = %(day)s and path is not null
    group by path
    having bool_or(is_entrance)
    order by entrances desc, conversions desc, path collate "C" asc
    limit 10
) as best
