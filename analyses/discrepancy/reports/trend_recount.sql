-- What a trend by week says, counted from raw: a row for each property that is asked for and each
-- week with anything in it, which begins with the window where that cuts it. The empty property is
-- all of them together.
{% set wanted = "'" ~ var("discrepancy_properties", '[""]') ~ "'::jsonb" %}
{% set from_day = "'" ~ var("discrepancy_from", "0001-01-01") ~ "'::date" %}
with

captures as (
    {{ recounted_captures('daily_new_leads') }}
),

visits as (
    {{ recounted_sessions('sessions') }}
),

seen as (
    select
        coalesce(property_id::text, '') as property_id,
        greatest(date_trunc('week', occurred_on)::date, {{ from_day }}) as bucket,
        count(distinct visitor_id) as visitors,
        count(*) filter (where event_type = 'page_view') as page_views,
        count(*) filter (where is_conversion) as conversions
    from (
        {{ recounted_events('daily_breakdowns', [
            'property_id', 'occurred_on', 'visitor_id', 'event_type', 'is_conversion'
        ]) }}
    ) as events
    group by grouping sets (
        (property_id, greatest(date_trunc('week', occurred_on)::date, {{ from_day }})),
        (greatest(date_trunc('week', occurred_on)::date, {{ from_day }}))
    )
),

begun as (
    select
        coalesce(property_id, '') as property_id,
        greatest(date_trunc('week', day)::date, {{ from_day }}) as bucket,
        count(*) as sessions,
        count(*) filter (where is_bounce) as bounces,
        sum(engaged_ms)::double precision as engaged_ms,
        sum(page_views)::bigint as views_of_visits,
        sum(conversions)::bigint as conversions_of_visits,
        count(*) filter (where is_converted) as converted_sessions
    from visits
    group by grouping sets (
        (property_id, greatest(date_trunc('week', day)::date, {{ from_day }})),
        (greatest(date_trunc('week', day)::date, {{ from_day }}))
    )
),

leads as (
    select
        scopes.property_id,
        greatest(date_trunc('week', captures.day)::date, {{ from_day }}) as bucket,
        count(distinct captures.submission_id) as new_leads
    from captures
    cross join lateral (values (captures.property_id), ('')) as scopes (property_id)
    where captures.is_first_capture
    group by
        scopes.property_id,
        greatest(date_trunc('week', captures.day)::date, {{ from_day }})
)

select
    property_id,
    bucket,
    coalesce(seen.visitors, 0) as visitors,
    coalesce(seen.page_views, 0) as page_views,
    coalesce(seen.conversions, 0) as conversions,
    coalesce(begun.sessions, 0) as sessions,
    coalesce(begun.bounces, 0) as bounces,
    coalesce(begun.engaged_ms, 0) as engaged_ms,
    coalesce(begun.views_of_visits, 0) as views_of_visits,
    coalesce(begun.conversions_of_visits, 0) as conversions_of_visits,
    coalesce(begun.converted_sessions, 0) as converted_sessions,
    coalesce(leads.new_leads, 0) as new_leads
from seen
full join begun using (property_id, bucket)
full join leads using (property_id, bucket)
where {{ wanted }} ? property_id
