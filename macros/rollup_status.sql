{#
    For `footfall rollups status`: of each mart how far it is rolled up and which days wait, as one
    line of JSON. The days are those that the next build would freeze now.
#}
{%- macro rollup_status() -%}
    {%- set marts = [] -%}
    {%- set watermarks = adapter.get_relation(
        database=target.database, schema=source('analytics_state', 'rollup_watermarks').schema,
        identifier='rollup_watermarks'
    ) -%}
    {%- set known = {} -%}
    {%- for node in graph.nodes.values() | sort(attribute='name')
        if node.resource_type == 'model'
        and node.config.incremental_strategy == 'replace_days' -%}
        {%- set found = run_query(
            "select to_char((received_through - interval '" ~ var('late_commit_grace_minutes')
            ~ " minutes') at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00' as since,"
            ~ " to_char(received_through at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'"
            ~ " as received_through, snapshot::text as snapshot,"
            ~ " extract(epoch from clock_timestamp() - received_through)::bigint as lag"
            ~ " from " ~ watermarks ~ " where mart = '" ~ node.name ~ "'"
        ).rows if watermarks else [] -%}
        {%- if found and adapter.get_relation(node.database, node.schema, node.alias) -%}
            {%- set watermark = {
                'since': found[0][0],
                'received_through': found[0][1],
                'snapshot': found[0][2]
            } -%}
            {%- set group = watermark.values() | join(' ') -%}
            {%- if group not in known -%}
                {%- set days = run_query(
                    "select day::text as day_text from (" ~ days_received_since(watermark)
                    ~ ") as days (day) where day >= (select held_from from "
                    ~ source('analytics_state', 'raw_horizon') ~ ") order by day"
                ).columns[0].values() | list -%}
                {%- do known.update({group: days}) -%}
            {%- endif -%}
            {%- do marts.append({
                'mart': node.name,
                'received_through': watermark.received_through,
                'lag_seconds': found[0][3] | int,
                'waiting_days': known[group]
            }) -%}
        {%- else -%}
            {%- do marts.append({'mart': node.name, 'received_through': none}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ log('rollup_status ' ~ tojson(marts), info=true) }}
{%- endmacro -%}
