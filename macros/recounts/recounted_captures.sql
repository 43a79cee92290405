{#
    A capture counts for each property on which its visitor had an event by then: one row for each. The
    time that led up to it is counted from the earliest visitor that the submissions of its lead name.
#}
{%- macro recounted_captures(mart) -%}
select
        submissions.id as submission_id,
        submissions.visitor_id,
        submissions.lead_id,
        submissions.form_name::text as form_name,
        submissions.captured_at,
        properties.property_id,
        submissions.occurred_on as day,
        submissions.validation_status = 'accepted' as is_accepted,
        submissions.is_first_capture,
        round(
            1000 * extract(
                epoch from greatest(submissions.captured_at - leads.first_seen_at, interval '0')
            )
        ) as capture_ms
    from {{ source('raw', 'form_submissions') }} as submissions
    inner join (
        select
            coalesce(named.lead_id, named.erased_lead_id, named.id) as lead_key,
            min(sights.first_seen_at) as first_seen_at
        from {{ source('raw', 'form_submissions') }} as named
        inner join ({{ recounted_first_sights(mart) }}) as sights
            on named.visitor_id = sights.visitor_id
        where named.created_at < {{ counted_through(mart) }}
        group by coalesce(named.lead_id, named.erased_lead_id, named.id)
    ) as leads
        on coalesce(submissions.lead_id, submissions.erased_lead_id, submissions.id) = leads.lead_key
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
            'submissions.occurred_on', 'submissions.created_at'
        ) }}
{%- endmacro -%}
