{#
    Adds the days of a query of mart, day and is_recount to those that this build replaces. Days before
    the raw horizon stay as they are.
#}
{%- macro touch(cutoff) -%}
    {%- set days = caller() -%}
    {%- set statement -%}
insert into {{ source('analytics_state', 'rollup_touched_days') }} as touched
    (invocation_id, mart, day, is_recount, cutoff)
select
    '{{ invocation_id }}',
    days.mart,
    days.day,
    bool_or(days.is_recount),
    '{{ cutoff }}'::timestamptz
from (
    {{ days }}
) as days (mart, day, is_recount)
where days.day >= (select held_from from {{ source('analytics_state', 'raw_horizon') }})
group by
    days.mart,
    days.day
on conflict (invocation_id, mart, day) do update
set is_recount = true
where
    excluded.is_recount
    and not touched.is_recount
    {%- endset -%}
    {% do run_query(statement) %}
{%- endmacro -%}
