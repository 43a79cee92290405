-- Each value of a dimension has the events and the visitors of its raw rows, of people and of bots.
{% set values = {
    'traffic_source': ['daily_traffic_sources', 'traffic_source::text'],
    'device_type': ['daily_devices', 'device_type::text'],
    'country_code': ['daily_countries', "coalesce(country_code::text, 'unknown')"],
    'event_type': ['daily_event_types', 'event_type::text'],
} %}
{% set measures = ['events', 'page_views', 'visitors', 'entrances', 'conversions'] %}
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

watermark as (
    select received_through
    from {{ source('analytics_state', 'rollup_watermarks') }}
    where mart = 'daily_breakdowns'
),

raw_counts as (
    {% for dimension, (_, value) in values.items() -%}
    select
        by_visitor.property_id,
        by_visitor.day,
        '{{ dimension }}' as dimension,
        by_visitor.value,
        by_visitor.is_bot,
        sum(by_visitor.events) as events,
        sum(by_visitor.page_views) as page_views,
        count(*) as visitors,
        sum(by_visitor.entrances) as entrances,
        sum(by_visitor.conversions) as conversions
    -- A distinct count over all events sorts them, and to group them by visitor first does not.
    from (
        select
            property_id::text as property_id,
            occurred_on as day,
            {{ value }} as value,
            device_type = 'bot' as is_bot,
            visitor_id,
            count(*) as events,
            count(*) filter (where event_type = 'page_view') as page_views,
            count(*) filter (where is_entrance) as entrances,
            count(*) filter (where is_conversion) as conversions
        from {{ source('raw', 'events') }}
        where created_at < (select watermark.received_through from watermark)
        group by
            property_id,
            occurred_on,
            {{ value }},
            device_type = 'bot',
            visitor_id
    ) as by_visitor
    group by
        by_visitor.property_id,
        by_visitor.day,
        by_visitor.value,
        by_visitor.is_bot
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

mart_counts as (
    {% for dimension, (view, _) in values.items() -%}
    select
        property_id,
        day,
        '{{ dimension }}' as dimension,
        {{ dimension }} as value,
        is_bot,
        {{ measures | join(', ') }}
    from {{ ref(view) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    property_id,
    day,
    dimension,
    value,
    is_bot,
    to_jsonb(mart_counts) as mart_row,
    to_jsonb(raw_counts) as raw_row
from mart_counts
full join raw_counts using (property_id, day, dimension, value, is_bot)
where
    day >= (select horizon.held_from from horizon)
    and day not in (
        {{ erased_since('daily_breakdowns') }}
    )
    and (
        {% for measure in measures -%}
        mart_counts.{{ measure }} is distinct from raw_counts.{{ measure }}
        {{ 'or' if not loop.last }}
        {% endfor %}
    )
