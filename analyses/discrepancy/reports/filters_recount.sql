-- What a summary with filters says, counted from raw: of each property that is asked for, of the
-- visits that have the commonest value of a dimension, and of those of each audience that have
-- several. The empty property is all of them together.
{% set wanted = "'" ~ var("discrepancy_properties", '[""]') ~ "'::jsonb" %}
{% set dimensions = [
    'traffic_source', 'referrer_host', 'utm_source', 'landing_path', 'device_type', 'is_returning'
] %}
with

visits_of_days as (
    {{ recounted_sessions('sessions') }}
),

visits as (
    select
        scopes.property_id,
        of_days.visitor_id,
        case when of_days.is_bot then 'bots' else 'people' end as audience,
        of_days.traffic_source,
        of_days.referrer_host,
        of_days.utm_source,
        of_days.entry_path as landing_path,
        of_days.device_type,
        of_days.is_returning::text as is_returning,
        of_days.page_views,
        of_days.conversions,
        of_days.is_converted,
        of_days.is_bounce,
        of_days.engaged_ms
    from visits_of_days as of_days
    cross join lateral (values (of_days.property_id), ('')) as scopes (property_id)
    where {{ wanted }} ? scopes.property_id
),

commonest as (
    select
        {% for dimension in dimensions -%}
        mode() within group (order by {{ dimension }} collate "C") as {{ dimension }},
        {% endfor -%}
        property_id
    from visits
    group by property_id
),

-- Null where anything goes, and where no visit has any: then several are one and the same.
questions as (
    select
        {% for dimension in dimensions -%}
        case when asked.dimension = '{{ dimension }}' then commonest.{{ dimension }} end
            as {{ dimension }},
        {% endfor -%}
        commonest.property_id,
        'all' as audience
    from commonest
    cross join unnest(array{{ dimensions }}) as asked (dimension)
    union
    select
        commonest.traffic_source,
        null as referrer_host,
        null as utm_source,
        null as landing_path,
        commonest.device_type,
        commonest.is_returning,
        commonest.property_id,
        audiences.audience
    from commonest
    cross join (values ('all'), ('people'), ('bots')) as audiences (audience)
)

select
    questions.property_id,
    questions.audience,
    {% for dimension in dimensions -%}
    questions.{{ dimension }},
    {% endfor -%}
    count(distinct visits.visitor_id) as visitors,
    count(visits.visitor_id) as sessions,
    coalesce(sum(visits.page_views), 0)::bigint as page_views,
    coalesce(sum(visits.conversions), 0)::bigint as conversions,
    count(*) filter (where visits.is_converted) as converted_sessions,
    count(*) filter (where visits.is_bounce) as bounces,
    coalesce(sum(visits.engaged_ms), 0)::double precision as engaged_ms
from questions
left join visits
    on
        questions.property_id = visits.property_id
        and questions.audience in ('all', visits.audience)
        and (questions.traffic_source is null or questions.traffic_source = visits.traffic_source)
        and (questions.referrer_host is null or questions.referrer_host = visits.referrer_host)
        and (questions.utm_source is null or questions.utm_source = visits.utm_source)
        and (questions.landing_path is null or questions.landing_path = visits.landing_path)
        and (questions.device_type is null or questions.device_type = visits.device_type)
        and (questions.is_returning is null or questions.is_returning = visits.is_returning)
group by
    {% for dimension in dimensions -%}
    questions.{{ dimension }},
    {% endfor -%}
    questions.property_id,
    questions.audience
order by
    questions.property_id asc,
    questions.audience asc
