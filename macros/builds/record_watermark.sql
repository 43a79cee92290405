{#
    Not greatest(): a build that was overtaken by a later one put days back to its own cutoff, so the
    watermark goes back with them, and the next build takes up what came in between. A mart that is
    made of marts has come as far as they have, also when it was built without them. And where another
    build has written the mart since this one fixed its days, these are right up to the earlier of the
    two. Last, so that the lock is short: the days are paid, and are owed now to what is made of the mart.
#}
{%- macro record_watermark() -%}
    {%- if config.get('incremental_strategy') == 'replace_days' -%}
        {%- set builds = source('analytics_state', 'rollup_builds') -%}
        {%- set watermarks = source('analytics_state', 'rollup_watermarks') -%}
        {%- set owed = source('analytics_state', 'rollup_owed_days') -%}
        {%- set behind = marts_behind(model) -%}
        {%- set made_of_it = marts_made_of(model) if execute else [] -%}
        insert into {{ watermarks }}
            (mart, received_through, snapshot, clock_at, built_at, invocation_id)
        select
            '{{ model.name }}',
            reached.received_through,
            reached.snapshot,
            reached.clock_at,
            clock_timestamp(),
            '{{ invocation_id }}'
        from (
            select cutoff as received_through, snapshot, clock_at
            from {{ builds }}
            where invocation_id = '{{ invocation_id }}'
            union all
            select watermarks.received_through, watermarks.snapshot, watermarks.clock_at
            from {{ watermarks }} as watermarks
            inner join {{ builds }} as builds
                on builds.invocation_id = '{{ invocation_id }}'
            where
                (
                    watermarks.mart = '{{ model.name }}'
                    and coalesce(watermarks.invocation_id, '')
                    != builds.written_by ->> watermarks.mart
                )
                or watermarks.mart = any(array['{{ behind | join("', '") }}'])
        ) as reached
        where exists (
            select from {{ builds }}
            where
                invocation_id = '{{ invocation_id }}'
                and written_by ? '{{ model.name }}'
        )
        order by reached.received_through
        limit 1
        on conflict (mart) do update
        set
            received_through = excluded.received_through,
            snapshot = excluded.snapshot,
            clock_at = excluded.clock_at,
            built_at = excluded.built_at,
            invocation_id = excluded.invocation_id;
        lock table {{ owed }} in share row exclusive mode;
        delete from {{ owed }}
        where
            mart = '{{ model.name }}'
            and invocation_id = '{{ invocation_id }}'
        {%- if made_of_it %};
        insert into {{ owed }} as owed (mart, day, is_recount, invocation_id)
        select marts.mart, touched.day, touched.is_recount, touched.invocation_id
        from {{ source('analytics_state', 'rollup_touched_days') }} as touched
        cross join unnest(array['{{ made_of_it | join("', '") }}']) as marts (mart)
        where
            touched.invocation_id = '{{ invocation_id }}'
            and touched.mart = '{{ model.name }}'
        on conflict (mart, day) do update
        set
            is_recount = owed.is_recount or excluded.is_recount,
            invocation_id = excluded.invocation_id
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}
