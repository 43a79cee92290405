{#
    When each visitor was first seen, without events that the mart has not counted. Kept apart, as zones are
    known to the coordinator of Citus alone.
#}
{%- macro recounted_first_sights(mart) -%}
select
        visitors.id as visitor_id,
        case
            when later.first_at <= visitors.first_seen_at then later.counted_at
            else visitors.first_seen_at
        end as first_seen_at
    from {{ source('raw', 'visitors') }} as visitors
    left join (
        select
            waiting.visitor_id,
            waiting.first_at,
            (
                select min(events."timestamp")
                from {{ source('raw', 'events') }} as events
                where
                    events.visitor_id = waiting.visitor_id
                    and events.created_at < {{ counted_through(mart) }}
            ) as counted_at
        from (
            select
                visitor_id,
                min("timestamp") as first_at
            from {{ source('raw', 'events') }}
            where created_at >= {{ counted_through(mart) }}
            group by visitor_id
        ) as waiting
    ) as later
        on visitors.id = later.visitor_id
    offset 0
{%- endmacro -%}
