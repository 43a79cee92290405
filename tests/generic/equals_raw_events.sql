{#
    A mart made of events says what the raw rows say, for each property, day and further dimension, as
    of the mart's watermark and from the raw horizon on. `dimensions` and `measures` map a column of the
    mart to what it is in raw; `mart_measures` says how the mart's rows are put together where one row is
    not one cell. `raw_condition` and `raw_having` leave out raw rows that are in no row of the mart.
#}
{% test equals_raw_events(model, measures, dimensions={}, mart_measures={}, raw_condition='true', raw_having='true') %}
{{ config(tags=['compares_with_raw']) }}
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

watermark as (
    select received_through
    from {{ source('analytics_state', 'rollup_watermarks') }}
    where mart = '{{ model.identifier }}'
),

raw_counts as (
    select
        property_id::text as property_id,
        day,
        {%- for dimension, expression in dimensions.items() %}
        {{ expression }} as {{ dimension }},
        {%- endfor %}
        {%- for measure, expression in measures.items() %}
        {{ expression }} as {{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ source('raw', 'events') }} as events
    cross join lateral (
        values (events.occurred_on)
    ) as days (day)
    where
        events.created_at < (select watermark.received_through from watermark)
        and {{ raw_condition }}
    group by
        property_id,
        day
        {%- for expression in dimensions.values() %},
        {{ expression }}
        {%- endfor %}
    having {{ raw_having }}
),

mart_counts as (
    select
        property_id,
        day,
        {%- for dimension in dimensions %}
        {{ dimension }},
        {%- endfor %}
        {%- for measure in measures %}
        {{ mart_measures.get(measure, 'sum(' ~ measure ~ ')') }} as {{ measure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ model }}
    group by
        property_id,
        day
        {%- for dimension in dimensions %},
        {{ dimension }}
        {%- endfor %}
)

select
    property_id,
    day,
    {%- for dimension in dimensions %}
    {{ dimension }},
    {%- endfor %}
    {%- for measure in measures %}
    mart_counts.{{ measure }} as mart_{{ measure }},
    raw_counts.{{ measure }} as raw_{{ measure }}{{ ',' if not loop.last }}
    {%- endfor %}
from mart_counts
full join raw_counts using (property_id, day{% for dimension in dimensions %}, {{ dimension }}{% endfor %})
where
    day >= (select horizon.held_from from horizon)
    and day not in (
        {{ erased_since(model.identifier) }}
    )
    and (
        {%- for measure in measures %}
        mart_counts.{{ measure }} is distinct from raw_counts.{{ measure }}{{ ' or' if not loop.last }}
        {%- endfor %}
    )
{% endtest %}
