{#
    Statement that makes builds which begin wait for the transaction, and fails where one runs. No session of
    dbt lives as long as a build: each node has one of its own. So a build is known by its row, and runs where
    the comment of any session's statement names it. One that is not seen for five seconds was killed, or
    stands still; its row is closed, and should it go on all the same, open_mart stops it. `footfall property`
    runs it as well, by rendering this file.
#}
{%- macro hold_builds() -%}
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
end
$footfall$
{%- endmacro -%}
