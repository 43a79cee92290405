{#
    How far each mart has come, by its name, and from when on a row may have been received that it has
    not counted: not long before the watermark, by the clock of that build. Where the clock says less
    than it said then, it was set back: a new row may bear any time, and the snapshot alone tells it.
    Numbers of transactions begin anew where a dump was restored; a snapshot from before tells nothing.
#}
{%- macro watermarks() -%}
    {%- set iso = "'YYYY-MM-DD HH24:MI:SS.US\"+00\"'" -%}
    {%- set known = {} -%}
    {%- for row in run_query(
        "select mart,"
        ~ " case when clock_timestamp() < coalesce(clock_at, received_through) then '-infinity'"
        ~ " else to_char((least(clock_at, received_through) - interval '"
        ~ var('late_commit_grace_minutes') ~ " minutes') at time zone 'UTC', " ~ iso ~ ") end,"
        ~ " to_char(received_through at time zone 'UTC', " ~ iso ~ "),"
        ~ " case when pg_snapshot_xmax(snapshot) > pg_snapshot_xmax(pg_current_snapshot())"
        ~ " then '1:1:' else snapshot::text end,"
        ~ " coalesce(invocation_id, '')"
        ~ " from " ~ source('analytics_state', 'rollup_watermarks')
    ).rows -%}
        {%- do known.update({row[0]: {
            'since': row[1], 'received_through': row[2], 'snapshot': row[3], 'written_by': row[4]
        }}) -%}
    {%- endfor -%}
    {{ return(known) }}
{%- endmacro -%}
