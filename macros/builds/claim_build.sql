{#
    Makes this build the one that runs, or stops it with a word. No session of dbt lives as long as a
    build: each node has one of its own. So a build is known by its row, and runs where the comment of any
    session's statement names it. One that is not seen for five seconds was killed, or stands still; its
    row is closed, and should it go on all the same, open_mart stops it.
#}
{%- macro claim_build() -%}
{%- set builds = source('analytics_state', 'rollup_builds') -%}
do $footfall$
declare
    other record;
    give_up_at constant timestamptz := clock_timestamp() + interval '5 seconds';
begin
    -- Of two that start now one comes first.
    lock table {{ source('analytics_state', 'rollup_locks') }} in share update exclusive mode;
    loop
        perform pg_stat_clear_snapshot();
        select
            builds.started_at,
            sessions.pid
        into other
        from {{ builds }} as builds
        left join pg_stat_activity as sessions
            on
                sessions.datname = current_database()
                and sessions.usename = session_user
                and sessions.pid != pg_backend_pid()
                and strpos(sessions.query, builds.invocation_id) > 0
        where builds.ended_at is null
        order by sessions.pid
        limit 1;
        if other.pid is not null then
            raise exception
                'Another build runs since % UTC, just now in process % of the database. '
                'Run this one once it has ended.',
                to_char(other.started_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'), other.pid;
        end if;
        exit when other.started_at is null or clock_timestamp() > give_up_at;
        perform pg_sleep(0.1);
    end loop;
    update {{ builds }} set ended_at = clock_timestamp()
    where ended_at is null;
    -- Behind no watermark, or rows that are counted already would fall out of their days.
    insert into {{ builds }} (invocation_id, cutoff, clock_at, snapshot, started_at)
    select
        '{{ invocation_id }}',
        greatest(
            clock.clock_at, max(watermarks.received_through) + interval '1 microsecond'
        ),
        clock.clock_at,
        pg_current_snapshot(),
        clock.clock_at
    from (select clock_timestamp() as clock_at) as clock
    left join {{ source('analytics_state', 'rollup_watermarks') }} as watermarks on true
    group by clock.clock_at;
end
$footfall$
{%- endmacro -%}
