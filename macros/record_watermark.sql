{#
    Not greatest(): a build that was overtaken by a later one put days back to its own cutoff, so the
    watermark goes back with them, and the next build takes up what came in between.
#}
{%- macro record_watermark() -%}
    {%- if config.get('incremental_strategy') == 'replace_days' -%}
        insert into {{ source('analytics_state', 'rollup_watermarks') }}
            (mart, received_through, built_at)
        values ('{{ model.name }}', {{ build_cutoff() }}, clock_timestamp())
        on conflict (mart) do update
        set received_through = excluded.received_through, built_at = excluded.built_at
    {%- endif -%}
{%- endmacro -%}
