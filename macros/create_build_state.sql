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
        constraint rollup_watermarks_pkey primary key (mart)
    );
    -- A table of before; asked for first, because the change itself would wait for running builds.
    if not exists (
        select from pg_attribute
        where attrelid = '{{ watermarks }}'::regclass and attname = 'invocation_id'
    ) then
        alter table {{ watermarks }} add column invocation_id text;
    end if;
    create table if not exists {{ source('analytics_state', 'rollup_builds') }} (
        invocation_id text,
        cutoff timestamptz not null,
        snapshot pg_snapshot not null,
        started_at timestamptz not null,
        constraint rollup_builds_pkey primary key (invocation_id)
    );
    create table if not exists {{ source('analytics_state', 'rollup_touched_days') }} (
        invocation_id text,
        mart text,
        day date,
        cutoff timestamptz not null,
        constraint rollup_touched_days_pkey primary key (invocation_id, mart, day)
    );
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
