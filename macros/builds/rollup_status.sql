{#
    For `footfall rollups status`: of each mart how far it is rolled up and which days wait, as one
    line of JSON. The days are frozen as a build freezes them, and the freezing is undone.
#}
{%- macro rollup_status() -%}
    {% do run_query(fix_session()) %}
    {%- set known = {} -%}
    {%- set waiting = {} -%}
    {%- set watermarks = adapter.get_relation(
        database=target.database, schema=source('analytics_state', 'rollup_watermarks').schema,
        identifier='rollup_watermarks'
    ) -%}
    {%- if watermarks -%}
        {% do run_query('begin') %}
        {# Where no build has run since an upgrade, what is missing is made and undone as well. #}
        {%- if not adapter.get_relation(watermarks.database, watermarks.schema, 'rollup_owed_days') %}
            {% do run_query(create_build_state()) %}
        {%- endif -%}
        {%- for row in run_query(
            "select mart, to_char(received_through at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
            ~ " || '+00' as received_through,"
            ~ " greatest(0, extract(epoch from clock_timestamp() - received_through))::bigint as lag"
            ~ " from " ~ watermarks
        ).rows -%}
            {%- do known.update({row[0]: {'received_through': row[1], 'lag_seconds': row[2] | int}}) -%}
        {%- endfor -%}
        {% do freeze_touched_days(marts_by_day(), [], run_query('select now()::text').rows[0][0], []) %}
        {%- for row in run_query(
            "select mart, string_agg(day::text, ' ' order by day) as days"
            ~ " from " ~ source('analytics_state', 'rollup_touched_days')
            ~ " where invocation_id = '" ~ invocation_id ~ "' group by mart"
        ).rows -%}
            {%- do waiting.update({row[0]: row[1].split(' ')}) -%}
        {%- endfor -%}
        {% do run_query('rollback') %}
    {%- endif -%}

    {%- set told = [] -%}
    {%- for node in marts_by_day() | sort(attribute='name') -%}
        {%- set mart = {
            'mart': node.name, 'received_through': none, 'lag_seconds': 0, 'waiting_days': []
        } -%}
        {%- if adapter.get_relation(node.database, node.schema, node.alias) -%}
            {%- do mart.update(known.get(node.name, {})) -%}
            {%- do mart.update({'waiting_days': waiting.get(node.name, [])}) -%}
        {%- endif -%}
        {%- do told.append(mart) -%}
    {%- endfor -%}
    {{ log('rollup_status ' ~ tojson(told), info=true) }}
{%- endmacro -%}
