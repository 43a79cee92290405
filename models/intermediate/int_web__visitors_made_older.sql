{# Ephemeral, because a view would keep the cutoff of the build that made it. #}
{{ config(materialized='ephemeral') }}

with

received_later as (
    select
        visitor_id,
        min(occurred_at) as first_occurred_at
    from {{ ref('stg_web__events') }}
    where received_at >= {{ build_cutoff() }}
    group by visitor_id
),

made_older as (
    select
        received_later.visitor_id,
        counted.first_seen_at
    from received_later
    -- By the index, for these are few, as in join_visitors().
    cross join
        lateral (
            select known.first_seen_at
            from {{ ref('stg_web__visitors') }} as known
            where known.visitor_id = received_later.visitor_id
            offset 0
        ) as visitors
    cross join
        lateral (
            select min(events.occurred_at) as first_seen_at
            from {{ ref('stg_web__events') }} as events
            where
                events.visitor_id = received_later.visitor_id
                and events.received_at < {{ build_cutoff() }}
        ) as counted
    where
        received_later.first_occurred_at <= visitors.first_seen_at
        -- A visitor without an event that counts is new altogether.
        and counted.first_seen_at is not null
)

select * from made_older
