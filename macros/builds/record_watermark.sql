{#
    A mart that is made of marts has come as far as they have, also when it was built without them.
    Then the days are paid, and are owed now to what is made of the mart. Last, for marts that are written
    at the same time wait here for each other: they may owe to the same marts.
#}
{%- macro record_watermark() -%}
    {%- if config.get('incremental_strategy') == 'replace_days' and is_building() -%}
        {%- set builds = source('analytics_state', 'rollup_builds') -%}
        {%- set watermarks = source('analytics_state', 'rollup_watermarks') -%}
        {%- set owed = source('analytics_state', 'rollup_owed_days') -%}
        {%- set made_of_it = [] -%}
        {%- for mart in marts_by_day() if model.unique_id in mart.depends_on.nodes -%}
            {%- do made_of_it.append(mart.name) -%}
        {%- endfor -%}
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
            select received_through, snapshot, clock_at
            from {{ watermarks }}
            where mart = any({{ text_array(marts_behind(model)) }})
        ) as reached
        where exists (
            select from {{ builds }}
            where
                invocation_id = '{{ invocation_id }}'
                and '{{ model.name }}' = any(marts)
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
        cross join unnest({{ text_array(made_of_it) }}) as marts (mart)
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
