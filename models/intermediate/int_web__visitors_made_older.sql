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
    inner join {{ ref('stg_web__visitors') }} as visitors
        on
            received_later.visitor_id = visitors.visitor_id
            and received_later.first_occurred_at <= visitors.first_seen_at
    cross join
        lateral (
            select min(events.occurred_at) as first_seen_at
            from {{ ref('stg_web__events') }} as events
            where
                events.visitor_id = received_later.visitor_id
                and events.received_at < {{ build_cutoff() }}
        ) as counted
    -- A visitor without an event that counts is new altogether.
    where counted.first_seen_at is not null
)

select * from made_older
