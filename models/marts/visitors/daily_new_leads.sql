with

first_captures as (
    select
        submission_id,
        property_id,
        day,
        visitor_id,
        captured_at
    from {{ ref('int_web__lead_captures') }}
    where
        is_first_capture
        and received_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and day in ({{ touched_days() }})
        {% endif %}
),

captures as (
    select
        property_id,
        day,
        visitor_id,
        captured_at
    from first_captures
    union all
    -- All properties together: a lead whose visitor had been on two of them is one lead.
    select
        '' as property_id,
        day,
        visitor_id,
        captured_at
    from first_captures
    group by
        submission_id,
        day,
        visitor_id,
        captured_at
),

visitors_made_older as (
    select * from {{ ref('int_web__visitors_made_older') }}
),

new_leads as (
    select
        captures.property_id,
        captures.day,
        count(*) as new_leads,
        sum({{ time_to_capture_ms('captures.captured_at') }})::bigint
            as time_to_first_capture_sum_ms,
        {{ build_cutoff() }} as generated_at
    from captures
    {{ join_visitors('captures.visitor_id') }}
    left join visitors_made_older
        on captures.visitor_id = visitors_made_older.visitor_id
    group by
        captures.property_id,
        captures.day
)

select * from new_leads
