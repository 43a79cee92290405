{%- macro prune_build_state() -%}
delete from {{ source('analytics_state', 'rollup_touched_days') }}
where cutoff < now() - interval '30 days';
delete from {{ source('analytics_state', 'rollup_builds') }}
where cutoff < now() - interval '30 days'
{%- endmacro -%}
