{#
    Query of how far each mart has come, and from when on a row may have been received that it has not
    counted: not long before the watermark, by the clock of that build. Where the clock says less than it
    said then, it was set back: a new row may bear any time, and the snapshot alone tells it. Numbers of
    transactions begin anew where a dump was restored; a snapshot from before tells nothing.
    `footfall purge` asks it as well, by rendering this file.
#}
{%- macro counted_until() -%}
select
    mart,
    case
        when clock_timestamp() >= coalesce(clock_at, received_through)
            then least(clock_at, received_through)
                - interval '{{ var("late_commit_grace_minutes") }} minutes'
        else '-infinity'
    end::timestamptz::text as since,
    received_through::timestamptz::text as received_through,
    case
        when exists (select from pg_extension where extname = 'citus') then null
        when pg_snapshot_xmax(snapshot) <= pg_snapshot_xmax(pg_current_snapshot())
            then snapshot
        else '1:1:'
    end::pg_snapshot::text as snapshot
from {{ source('analytics_state', 'rollup_watermarks') }}
{%- endmacro -%}
