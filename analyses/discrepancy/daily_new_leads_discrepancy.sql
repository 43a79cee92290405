{% set keys = ['property_id', 'day'] %}
{% set of_leads = ['new_leads', 'time_to_first_capture_sum_ms'] %}
with

captures as (
    {{ recounted_captures('daily_new_leads') }}
),

first_captures as (
    select *
    from captures
    where is_first_capture
),

recounted as (
    select
        property_id,
        day,
        count(*) as new_leads,
        sum(capture_ms) as time_to_first_capture_sum_ms
    from first_captures
    group by
        property_id,
        day
    union all
    -- All properties together: a lead whose visitor had been on two of them is one lead.
    select
        '' as property_id,
        day,
        count(*) as new_leads,
        sum(capture_ms) as time_to_first_capture_sum_ms
    from (
        select distinct
            submission_id,
            day,
            capture_ms
        from first_captures
    ) as leads
    group by day
)

{{ differences('daily_new_leads', keys, of_leads) }}
