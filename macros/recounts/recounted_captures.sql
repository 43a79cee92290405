{# A capture counts for each property on which its visitor had an event by then: one row for each. #}
{%- macro recounted_captures(mart) -%}
select
        submissions.id as submission_id,
        properties.property_id,
        (submissions.captured_at at time zone 'UTC')::date as day,
        submissions.validation_status = 'accepted' as is_accepted,
        submissions.is_first_capture,
        round(
            1000 * extract(
                epoch from greatest(submissions.captured_at - sights.first_seen_at, interval '0')
            )
        ) as capture_ms
    from {{ source('raw', 'form_submissions') }} as submissions
    inner join ({{ recounted_first_sights(mart) }}) as sights
        on submissions.visitor_id = sights.visitor_id
    cross join
        lateral (
            select events.property_id::text as property_id
            from {{ source('raw', 'events') }} as events
            where
                events.visitor_id = submissions.visitor_id
                and events."timestamp" <= submissions.captured_at
                and events.created_at < {{ counted_through(mart) }}
            union
            -- What is kept of those that are purged.
            select kept.property_id::text as property_id
            from {{ source('raw', 'submission_properties') }} as kept
            where
                kept.visitor_id = submissions.visitor_id
                and kept.submission_id = submissions.id
                and kept.created_at < {{ counted_through(mart) }}
        ) as properties
    where
        {{ is_recounted(
            mart,
            "(submissions.captured_at at time zone 'UTC')::date",
            'submissions.created_at'
        ) }}
{%- endmacro -%}
