{# Besides the touched days, those on which their visitors saw the same pages next:
   days_pages_seen_next(). #}
{{ config(meta={'also_touches': 'days_pages_seen_next', 'shape': 2}) }}

with

visits as {{ 'materialized' if is_incremental() else 'not materialized' }} (
    {{ visits_until_touched_days('visitor_days', ['path_keys']) }}
),

-- Most came once, and were nowhere before.
again as materialized (
    select visitor_id from visits
    group by visitor_id
    having count(*) > 1
),

series as (
    select
        visits.property_id,
        pages.path_key,
        visits.visitor_id,
        visits.day,
        bool_or(not visits.is_bot) as is_person,
        bool_or(visits.is_bot) as is_bot
    from visits
    inner join again
        on visits.visitor_id = again.visitor_id
    cross join lateral unnest(visits.path_keys) as pages (path_key)
    group by
        visits.property_id,
        pages.path_key,
        visits.visitor_id,
        visits.day
),

{{ recency_lists(['path_key']) }}
