{#
    How far each mart has come, by its name, and from when on a row may have been received that it has
    not counted: not long before the watermark, by the clock of that build. Where the clock says less
    than it said then, it was set back: a new row may bear any time, and the snapshot alone tells it.
    Numbers of transactions begin anew where a dump was restored; a snapshot from before tells nothing.
#}
{%- macro watermarks() -%}
    {%- set query -%}
select
    mart,
    case
        when clock_timestamp() >= coalesce(clock_at, received_through)
            then least(clock_at, received_through)
                - interval '{{ var("late_commit_grace_minutes") }} minutes'
        else '-infinity'
    end::text as since,
    received_through::text as received_through,
    case
        when pg_snapshot_xmax(snapshot) <= pg_snapshot_xmax(pg_current_snapshot())
            then snapshot
        else '1:1:'
    end::text as snapshot
from {{ source('analytics_state', 'rollup_watermarks') }}
    {%- endset -%}
    {%- set known = {} -%}
    {%- for row in run_query(query).rows -%}
        {%- do known.update({row.mart: row}) -%}
    {%- endfor -%}
    {{ return(known) }}
{%- endmacro -%}
