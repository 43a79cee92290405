{# The whole of a daily mart that tells visitors and events by one dimension of visitor_segments. #}
{%- macro visitors_and_events_by(dimension) -%}
with

segments as (
    select * from {{ ref('visitor_segments') }}
    {% if is_incremental() %}
    where day in ({{ touched_days() }})
    {% endif %}
),

visitors as (
    select
        property_id,
        day,
        {{ dimension }},
        visitor_id,
        sum(events) as events,
        coalesce(sum(events) filter (where event_type = 'page_view'), 0) as page_views,
        sum(entrances) as entrances,
        sum(conversions) as conversions
    from segments
    group by
        property_id,
        day,
        {{ dimension }},
        visitor_id
),

daily as (
    select
        property_id,
        day,
        {{ dimension }},
        sum(events)::bigint as events,
        sum(page_views)::bigint as page_views,
        count(*) as visitors,
        sum(entrances)::bigint as entrances,
        sum(conversions)::bigint as conversions,
        {{ build_cutoff() }} as generated_at
    from visitors
    group by
        property_id,
        day,
        {{ dimension }}
)

select * from daily
{%- endmacro -%}
