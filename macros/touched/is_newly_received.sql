{#
    Whether a raw row was not yet counted when the mart was last built: it came after the watermark,
    or shortly before it in a transaction that the build could not see. xmin has the lower half of the
    transaction's number; within the grace the upper half is that of now, or the one before. On Citus the
    numbers of rows are those of many servers: there is no snapshot, and the grace alone must do.
#}
{%- macro is_newly_received(row, watermark) -%}
    {{ row }}.created_at >= '{{ watermark.since }}'::timestamptz
    {%- if watermark.snapshot is not none %}
    and (
        {{ row }}.created_at >= '{{ watermark.received_through }}'::timestamptz
        or pg_visible_in_snapshot(
            (
                (pg_snapshot_xmax(pg_current_snapshot())::text::bigint - {{ row }}.xmin::text::bigint)
                / 4294967296 * 4294967296
                + {{ row }}.xmin::text::bigint
            )::text::xid8,
            '{{ watermark.snapshot }}'::pg_snapshot
        ) is not true
    )
    {%- endif %}
{%- endmacro -%}
