with

first_captures as (
    select * from {{ ref('int_web__first_captures') }}
    {% if is_incremental() %}
    where day in ({{ touched_days() }})
    {% endif %}
),

captures as (
    select
        property_id,
        day,
        time_to_capture_ms
    from first_captures
    union all
    -- All properties together: a lead whose visitor had been on two of them is one lead.
    select
        '' as property_id,
        day,
        time_to_capture_ms
    from first_captures
    group by
        submission_id,
        day,
        time_to_capture_ms
),

new_leads as (
    select
        property_id,
        day,
        count(*) as new_leads,
        sum(time_to_capture_ms)::bigint as time_to_first_capture_sum_ms,
        {{ build_cutoff() }} as generated_at
    from captures
    group by
        property_id,
        day
)

select * from new_leads
