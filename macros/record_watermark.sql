{#
    Not greatest(): a build that was overtaken by a later one put days back to its own cutoff, so the
    watermark goes back with them, and the next build takes up what came in between.
#}
{%- macro record_watermark() -%}
    {%- if config.get('incremental_strategy') == 'replace_days' -%}
        insert into {{ source('analytics_state', 'rollup_watermarks') }}
            (mart, received_through, snapshot, built_at)
        select '{{ model.name }}', cutoff, snapshot, clock_timestamp()
        from {{ source('analytics_state', 'rollup_builds') }}
        where invocation_id = '{{ invocation_id }}'
        on conflict (mart) do update
        set
            received_through = excluded.received_through,
            snapshot = excluded.snapshot,
            built_at = excluded.built_at
    {%- endif -%}
{%- endmacro -%}
