{#
    The lock makes a second build that starts now wait and then find everything in its place. What is not
    there is made in the shape that this project expects; what has another one stops the build before.
#}
{%- macro create_build_state(sampled_from=none) -%}
{% do refuse_other_shapes() %}
{%- set watermarks = source('analytics_state', 'rollup_watermarks') -%}
do $$
begin
    lock table {{ source('analytics_state', 'rollup_locks') }} in share update exclusive mode;
    create table if not exists {{ source('analytics_state', 'rollup_shapes') }} (
        name text,
        shape integer not null,
        constraint rollup_shapes_pkey primary key (name)
    );
    insert into {{ source('analytics_state', 'rollup_shapes') }} as known (name, shape)
    select expected.name, expected.shape
    from (
        values
        {%- for name, shape, relation in shapes_expected() %}
        ('{{ name }}', {{ shape }}, '{{ relation }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as expected (name, shape, relation)
    where not exists (
        select from pg_class
        where
            pg_class.oid = to_regclass(expected.relation)
            and pg_class.relkind != 'v'
    )
    on conflict (name) do update set shape = excluded.shape where known.shape != excluded.shape;
    create table if not exists {{ watermarks }} (
        mart text,
        received_through timestamptz not null,
        snapshot pg_snapshot not null,
        built_at timestamptz not null,
        invocation_id text,
        clock_at timestamptz,
        compared_at timestamptz,
        is_equal boolean,
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
    create table if not exists {{ source('analytics_state', 'rollup_owed_days') }} (
        mart text,
        day date,
        is_recount boolean not null,
        invocation_id text not null,
        constraint rollup_owed_days_pkey primary key (mart, day)
    );
    create table if not exists {{ source('analytics_state', 'rollup_merged_days') }} (
        mart text,
        property_id text,
        day date,
        constraint rollup_merged_days_pkey primary key (mart, property_id, day)
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
    {{ keep_readers() }}
    {{ replace_view(source('analytics_state', 'raw_horizon'),
        "select greatest(coalesce(max(purged_before), '-infinity'), '" ~ sampled_from ~ "'::date)"
        ~ " as held_from from " ~ source('raw', 'retention_purges') if sampled_from
        else "select coalesce(max(purged_before), '-infinity') as held_from from "
        ~ source('raw', 'retention_purges')
    ) }}
end
$$
{%- endmacro -%}
