-- Days before raw's horizon are left out here: which of them a visitor came on, raw cannot say.
-- Whoever did not come on the days that are compared counts in no row of them.
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

seen as (
    select
        events.property_id::text as property_id,
        coalesce(events.page, events.path)::text as value,
        events.occurred_on as day,
        events.visitor_id,
        bool_or(events.device_type <> 'bot') as as_person,
        bool_or(events.device_type = 'bot') as as_bot
    from {{ source('raw', 'events') }} as events
    where
        events.path is not null
        and events.occurred_on >= (select horizon.held_from from horizon)
        and events.occurred_on <= '{{ var("discrepancy_to", "9999-12-31") }}'::date
        and events.created_at < {{ counted_through('page_recency') }}
        and events.visitor_id in (
            select came.visitor_id from ({{ recounted_visitors('page_recency') }}) as came
        )
    group by
        events.visitor_id,
        events.property_id,
        coalesce(events.page, events.path)::text,
        events.occurred_on
),

{{ recency_differences(
    'page_recency', ['path_key'], text='json_build_array(placed.value)::text'
) }}
