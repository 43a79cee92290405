{# The lock makes a second build that starts now wait and then find everything in its place. #}
{%- macro create_build_state() -%}
{%- set watermarks = source('analytics_state', 'rollup_watermarks') -%}
do $$
begin
    lock table {{ source('analytics_state', 'rollup_locks') }} in share update exclusive mode;
    create table if not exists {{ watermarks }} (
        mart text,
        received_through timestamptz not null,
        snapshot pg_snapshot not null,
        built_at timestamptz not null,
        invocation_id text,
        clock_at timestamptz,
        constraint rollup_watermarks_pkey primary key (mart)
    );
    create table if not exists {{ source('analytics_state', 'rollup_builds') }} (
        invocation_id text,
        cutoff timestamptz not null,
        snapshot pg_snapshot not null,
        started_at timestamptz not null,
        clock_at timestamptz,
        marts text[] not null default '{}',
        ended_at timestamptz,
        constraint rollup_builds_pkey primary key (invocation_id)
    );
    create table if not exists {{ source('analytics_state', 'rollup_touched_days') }} (
        invocation_id text,
        mart text,
        day date,
        cutoff timestamptz not null,
        is_recount boolean not null default false,
        constraint rollup_touched_days_pkey primary key (invocation_id, mart, day)
    );
    {# Tables of before; asked for first, because the change itself would wait for running builds. #}
    {%- for table, column, type in [
        ('rollup_watermarks', 'invocation_id', 'text'),
        ('rollup_watermarks', 'clock_at', 'timestamptz'),
        ('rollup_builds', 'clock_at', 'timestamptz'),
        ('rollup_builds', 'marts', "text[] not null default '{}'"),
        ('rollup_builds', 'ended_at', 'timestamptz'),
        ('rollup_touched_days', 'is_recount', 'boolean not null default false')
    ] %}
    if not exists (
        select from pg_attribute
        where
            attrelid = '{{ source('analytics_state', table) }}'::regclass
            and attname = '{{ column }}'
    ) then
        alter table {{ source('analytics_state', table) }} add column {{ column }} {{ type }};
    end if;
    {%- endfor %}
    if to_regclass('{{ source('analytics_state', 'rollup_owed_days') }}') is null then
        create table {{ source('analytics_state', 'rollup_owed_days') }} (
            mart text,
            day date,
            is_recount boolean not null,
            invocation_id text not null,
            constraint rollup_owed_days_pkey primary key (mart, day)
        );
        {# What builds of before left undone, which wrote down no more than what they fixed. #}
        {%- for node in marts_by_day() %}
        insert into {{ source('analytics_state', 'rollup_owed_days') }}
            (mart, day, is_recount, invocation_id)
        select '{{ node.name }}', touched.day, true, max(touched.invocation_id)
        from {{ source('analytics_state', 'rollup_touched_days') }} as touched
        inner join {{ watermarks }} as watermarks
            on
                watermarks.mart = '{{ node.name }}'
                and touched.cutoff >= watermarks.received_through
                and touched.invocation_id is distinct from watermarks.invocation_id
        where touched.mart = any({{ text_array([node.name] + marts_behind(node)) }})
        group by touched.day;
        {%- endfor %}
    end if;
    create table if not exists {{ source('analytics_state', 'rollup_restatements') }} (
        mart text,
        property_id text,
        day date,
        measure text,
        restated_at timestamptz,
        published_at timestamptz not null,
        late_rows bigint not null,
        value_before numeric,
        value_after numeric,
        constraint rollup_restatements_pkey
        primary key (mart, property_id, day, measure, restated_at)
    );
    {{ replace_view(source('analytics_state', 'raw_horizon'),
        "select coalesce(max(purged_before), '-infinity') as held_from from "
        ~ source('raw', 'retention_purges')
    ) }}
end
$$
{%- endmacro -%}
