{# Ephemeral, because a view would keep the cutoff of the build that made it. #}
{{ config(materialized='ephemeral') }}

with

captures as (
    select * from {{ ref('int_web__lead_captures') }}
    where
        is_first_capture
        and received_at < {{ build_cutoff() }}
),

submissions as (
    select * from {{ ref('stg_web__form_submissions') }}
    where received_at < {{ build_cutoff() }}
),

-- Once, and not for each capture.
visitors_made_older as materialized (
    select * from {{ ref('int_web__visitors_made_older') }}
),

first_captures as (
    select
        captures.submission_id,
        captures.property_id,
        captures.visitor_id,
        captures.lead_id,
        captures.lead_key,
        captures.form_name,
        captures.day,
        captures.captured_at,
        captures.received_at,
        greatest(
            0, round(1000 * extract(epoch from captures.captured_at - sights.first_seen_at))
        )::bigint as time_to_capture_ms
    from captures
    -- By the indexes of leads and visitors, as in join_visitors().
    cross join
        lateral (
            select min(coalesce(older.first_seen_at, visitors.first_seen_at)) as first_seen_at
            from submissions
            cross join
                lateral (
                    select known.first_seen_at
                    from {{ ref('stg_web__visitors') }} as known
                    where known.visitor_id = submissions.visitor_id
                    offset 0
                ) as visitors
            left join visitors_made_older as older
                on submissions.visitor_id = older.visitor_id
            where submissions.lead_key = captures.lead_key
        ) as sights
)

select * from first_captures
