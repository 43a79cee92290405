{#
    Days of captures whose visitor came before the horizon. They may have been on a property whose
    events are purged by now: raw cannot say so any more, and the mart rightly counts it still.
#}
{%- macro days_of_purged_pasts() -%}
select distinct (submissions.captured_at at time zone 'UTC')::date as day
    from {{ source('raw', 'form_submissions') }} as submissions
    inner join {{ source('raw', 'visitors') }} as visitors
        on submissions.visitor_id = visitors.id
    inner join {{ source('analytics_state', 'raw_horizon') }} as horizon
        on (visitors.first_seen_at at time zone 'UTC')::date < horizon.held_from
{%- endmacro -%}
