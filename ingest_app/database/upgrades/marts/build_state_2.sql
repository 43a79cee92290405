-- What builds remember: clocks, which marts a build replaces, and the days that they owe.
create table if not exists analytics_state.rollup_shapes (
    name text,
    shape integer not null,
    constraint rollup_shapes_pkey primary key (name)
);

alter table analytics_state.rollup_watermarks
add column if not exists invocation_id text,
add column if not exists clock_at timestamptz;
alter table analytics_state.rollup_builds
add column if not exists clock_at timestamptz,
add column if not exists marts text[] not null default '{}',
add column if not exists ended_at timestamptz;
alter table analytics_state.rollup_touched_days
add column if not exists is_recount boolean not null default false;

do $$
begin
    if to_regclass('analytics_state.rollup_owed_days') is null then
        create table analytics_state.rollup_owed_days (
            mart text,
            day date,
            is_recount boolean not null,
            invocation_id text not null,
            constraint rollup_owed_days_pkey primary key (mart, day)
        );
        -- What builds left undone, which wrote down no more than what they fixed: the days of a mart
        -- and of those that it is made of.
        insert into analytics_state.rollup_owed_days (mart, day, is_recount, invocation_id)
        select watermarks.mart, touched.day, true, max(touched.invocation_id)
        from analytics_state.rollup_watermarks as watermarks
        left join (
            values
            ('daily_campaigns', '{sessions}'::text[]),
            ('daily_countries', '{visitor_segments}'),
            ('daily_devices', '{visitor_segments}'),
            ('daily_event_types', '{visitor_segments}'),
            ('daily_landing_paths', '{daily_pages}'),
            ('daily_traffic_sources', '{visitor_segments}'),
            ('daily_web_vitals', '{web_vital_buckets, web_vital_distributions}'),
            ('rollup_reconciliation', '{daily_ingest_rollups, daily_metric_rollups}'),
            ('visitor_days', '{visitor_segments}'),
            ('visitor_recency', '{visitor_days, visitor_segments}'),
            ('web_vital_buckets', '{web_vital_distributions}')
        ) as made_of (mart, marts) on watermarks.mart = made_of.mart
        inner join analytics_state.rollup_touched_days as touched
            on
                (touched.mart = watermarks.mart or touched.mart = any(made_of.marts))
                and touched.cutoff >= watermarks.received_through
                and touched.invocation_id is distinct from watermarks.invocation_id
        group by watermarks.mart, touched.day;
    end if;
end
$$;
