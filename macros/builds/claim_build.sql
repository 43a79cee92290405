{# Makes this build the one that runs, or stops it with a word; in one transaction. #}
{%- macro claim_build() -%}
{%- set builds = source('analytics_state', 'rollup_builds') -%}
{{ hold_builds() }};
-- Behind no watermark, or rows that are counted already would fall out of their days.
insert into {{ builds }} (invocation_id, cutoff, clock_at, snapshot, started_at)
select
    '{{ invocation_id }}',
    greatest(
        clock.clock_at, max(watermarks.received_through) + interval '1 microsecond'
    ),
    clock.clock_at,
    pg_current_snapshot(),
    clock.clock_at
from (select clock_timestamp() as clock_at) as clock
left join {{ source('analytics_state', 'rollup_watermarks') }} as watermarks on true
group by clock.clock_at
{%- endmacro -%}
