-- What a summary of a window says, counted from raw: a row for each property that is asked for,
-- each audience and each day, and one without a day for the window. The empty property is all of
-- them together. Leads and refusals are everybody's.
{% set mart = 'visitor_recency' %}
{% set wanted = "'" ~ var("discrepancy_properties", '[""]') ~ "'::jsonb" %}
with

captures as (
    {{ recounted_captures(mart) }}
),

sights as (
    {{ recounted_first_sights(mart) }}
),

by_visitor as (
    select
        property_id::text as property_id,
        occurred_on as day,
        visitor_id,
        device_type = 'bot' as is_bot,
        count(*) as events,
        count(*) filter (where event_type = 'page_view') as page_views,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_conversion) as conversions,
        count(*) filter (where event_type = 'form_start') as form_starts,
        count(*) filter (where event_type = 'form_submit') as form_submits
    from {{ source('raw', 'events') }}
    where {{ is_recounted(mart, 'occurred_on', 'created_at') }}
    group by
        property_id,
        occurred_on,
        visitor_id,
        device_type = 'bot'
),

sighted as (
    select
        by_visitor.*,
        {{ recounted_local(
            'sights.first_seen_at', 'by_visitor.property_id', 'by_visitor.day'
        ) }}::date
        < by_visitor.day as is_returning
    from by_visitor
    inner join sights
        on by_visitor.visitor_id = sights.visitor_id
),

-- Of several properties one may say that the visitor is returning: then they are on that day, as a
-- person and as a bot.
known as (
    select
        *,
        bool_or(is_returning) over (partition by visitor_id, day) as is_returning_anywhere
    from sighted
),

visits as (
    select
        scopes.property_id,
        audiences.audience,
        known.day,
        known.visitor_id,
        known.events,
        known.page_views,
        known.entrances,
        known.conversions,
        known.form_starts,
        known.form_submits,
        scopes.is_returning
    from known
    cross join
        lateral (
            values
            (known.property_id, known.is_returning),
            ('', known.is_returning_anywhere)
        ) as scopes (property_id, is_returning)
    cross join
        lateral (
            values
            ('all'),
            (case when known.is_bot then 'bots' else 'people' end)
        ) as audiences (audience)
    where {{ wanted }} ? scopes.property_id
),

event_totals as (
    select
        property_id,
        audience,
        day,
        count(distinct visitor_id) as unique_visitors,
        count(distinct visitor_id) filter (where is_returning) as returning_visitors,
        sum(events)::bigint as events,
        sum(page_views)::bigint as page_views,
        sum(entrances)::bigint as entrances,
        sum(conversions)::bigint as conversions,
        sum(form_starts)::bigint as form_starts,
        sum(form_submits)::bigint as form_submits
    from visits
    group by grouping sets (
        (property_id, audience, day),
        (property_id, audience)
    )
),

leads as (
    select distinct
        scopes.property_id,
        captures.day,
        captures.submission_id,
        captures.capture_ms
    from captures
    cross join lateral (values (captures.property_id), ('')) as scopes (property_id)
    where
        captures.is_first_capture
        and {{ wanted }} ? scopes.property_id
),

lead_totals as (
    select
        property_id,
        day,
        count(*) as new_leads,
        sum(capture_ms)::bigint as capture_ms
    from leads
    group by grouping sets (
        (property_id, day),
        (property_id)
    )
),

sources as (
    select
        property_id,
        audience,
        jsonb_object_agg(traffic_source, events) as events_by_source
    from (
        select
            coalesce(property_id::text, '') as property_id,
            case device_type = 'bot' when true then 'bots' when false then 'people' else 'all' end
                as audience,
            traffic_source::text as traffic_source,
            count(*) as events
        from (
            {{ recounted_events(mart, ['property_id', 'device_type', 'traffic_source']) }}
        ) as events
        group by grouping sets (
            (property_id, device_type = 'bot', traffic_source),
            (property_id, traffic_source),
            (device_type = 'bot', traffic_source),
            (traffic_source)
        )
    ) as totals
    group by
        property_id,
        audience
),

refusals as (
    select
        coalesce(property_id::text, '') as property_id,
        sum(occurrences)::bigint as rejected
    from {{ source('raw', 'ingest_rejections') }}
    where
        (endpoint = '/v1/events' or endpoint like '/v1/events/%')
        and {{ is_recounted(mart, 'occurred_on', 'created_at') }}
    group by grouping sets (
        (property_id),
        ()
    )
),

dates as (
    select
        generate_series(
            '{{ var("discrepancy_from", "2026-01-01") }}'::timestamp,
            '{{ var("discrepancy_to", "2026-01-01") }}'::timestamp,
            interval '1 day'
        )::date as day
    union all
    select null as day
),

asked as (
    select
        properties.property_id,
        audiences.audience,
        dates.day
    from jsonb_array_elements_text({{ wanted }}) as properties (property_id)
    cross join (values ('all'), ('people'), ('bots')) as audiences (audience)
    cross join dates
)

select
    asked.property_id,
    asked.audience,
    asked.day,
    coalesce(event_totals.unique_visitors, 0) as unique_visitors,
    coalesce(event_totals.returning_visitors, 0) as returning_visitors,
    coalesce(event_totals.events, 0) as events,
    coalesce(event_totals.page_views, 0) as page_views,
    coalesce(event_totals.entrances, 0) as entrances,
    coalesce(event_totals.conversions, 0) as conversions,
    coalesce(event_totals.form_starts, 0) as form_starts,
    coalesce(event_totals.form_submits, 0) as form_submits,
    coalesce(lead_totals.new_leads, 0) as new_leads,
    coalesce(lead_totals.capture_ms, 0) as capture_ms,
    coalesce(sources.events_by_source, '{}') as events_by_source,
    coalesce(refusals.rejected, 0) as rejected
from asked
left join event_totals
    on
        asked.property_id = event_totals.property_id
        and asked.audience = event_totals.audience
        and asked.day is not distinct from event_totals.day
left join lead_totals
    on
        asked.property_id = lead_totals.property_id
        and asked.day is not distinct from lead_totals.day
left join sources
    on
        asked.property_id = sources.property_id
        and asked.audience = sources.audience
left join refusals
    on asked.property_id = refusals.property_id
order by
    asked.property_id asc,
    asked.audience asc,
    asked.day asc
