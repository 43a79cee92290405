{#
    Not greatest(): a build that was overtaken by a later one put days back to its own cutoff, so the
    watermark goes back with them, and the next build takes up what came in between. A mart that is
    made of marts has come as far as they have, also when it was built without them.
#}
{%- macro record_watermark() -%}
    {%- if config.get('incremental_strategy') == 'replace_days' -%}
        insert into {{ source('analytics_state', 'rollup_watermarks') }}
            (mart, received_through, snapshot, built_at, invocation_id)
        select
            '{{ model.name }}',
            reached.received_through,
            reached.snapshot,
            clock_timestamp(),
            '{{ invocation_id }}'
        from (
            select cutoff as received_through, snapshot
            from {{ source('analytics_state', 'rollup_builds') }}
            where invocation_id = '{{ invocation_id }}'
            union all
            select received_through, snapshot
            from {{ source('analytics_state', 'rollup_watermarks') }}
            where mart = any(array['{{ marts_behind(model) | join("', '") }}'])
        ) as reached
        order by reached.received_through
        limit 1
        on conflict (mart) do update
        set
            received_through = excluded.received_through,
            snapshot = excluded.snapshot,
            built_at = excluded.built_at,
            invocation_id = excluded.invocation_id
    {%- endif -%}
{%- endmacro -%}
