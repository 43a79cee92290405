{# Writes the days to rebuild of those of the marts that exist; marts of one watermark share a scan. #}
{%- macro freeze_touched_days(marts, cutoff, rebuild) -%}
    {%- set groups = {} -%}
    {%- for node in marts -%}
        {%- set mart = adapter.get_relation(node.database, node.schema, node.alias) -%}
        {%- if mart is not none -%}
            {%- set found = run_query(
                "select to_char((received_through - interval '" ~ var('late_commit_grace_minutes')
                ~ " minutes') at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00' as since,"
                ~ " to_char(received_through at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'"
                ~ " as received_through, snapshot::text as snapshot,"
                ~ " coalesce(invocation_id, '') as invocation_id"
                ~ " from " ~ source('analytics_state', 'rollup_watermarks')
                ~ " where mart = '" ~ node.name ~ "'"
            ).rows -%}
            {%- set watermark = {
                'since': found[0][0],
                'received_through': found[0][1],
                'snapshot': found[0][2],
                'invocation_id': found[0][3]
            } if found else none -%}
            {# Without a watermark nobody knows what the mart holds: group it by itself. #}
            {%- set group = found[0] | join(' ') if found else node.name -%}
            {%- do groups.setdefault(group, {'watermark': watermark, 'marts': []}) -%}
            {%- do groups[group].marts.append({'name': node.name, 'relation': mart, 'node': node}) -%}
        {%- endif -%}
    {%- endfor -%}

    {%- if rebuild -%}
        {%- set held_from = run_query(
            "select held_from::text as held_from from " ~ source('analytics_state', 'raw_horizon')
            ~ " where held_from > '" ~ rebuild[0] ~ "'::date"
        ).columns[0].values() -%}
        {%- if held_from -%}
            {{ exceptions.raise_compiler_error(
                'Raw rows before ' ~ held_from[0] ~ ' were purged; rebuilding from ' ~ rebuild[0]
                ~ ' would lose their days.'
            ) }}
        {%- endif -%}
    {%- endif -%}

    {%- for group in groups.values() %}
        {% do run_query(
            "insert into " ~ source('analytics_state', 'rollup_touched_days')
            ~ " (invocation_id, mart, day, cutoff)"
            ~ " select '" ~ invocation_id ~ "', marts.name, days.day, '" ~ cutoff ~ "'::timestamptz"
            ~ " from unnest(array['" ~ group.marts | map(attribute='name') | join("', '") ~ "'])"
            ~ " as marts (name) cross join ("
            ~ (days_received_since(group.watermark) if group.watermark
                else days_of_everything(group.marts[0].relation))
            ~ (" union select generate_series('" ~ rebuild[0] ~ "'::timestamp, '" ~ rebuild[1]
                ~ "'::timestamp, interval '1 day')::date" if rebuild else "")
            ~ ") as days (day)"
            ~ " where days.day >= (select held_from from "
            ~ source('analytics_state', 'raw_horizon') ~ ")"
        ) %}
    {%- endfor -%}

    {%- for group in groups.values() if group.watermark %}
        {%- for mart in group.marts if mart.node.config.meta.also_touches %}
            {%- set days = context[mart.node.config.meta.also_touches](group.watermark, rebuild) -%}
            {% do touch_also(mart.name, cutoff, days) %}
        {%- endfor -%}
    {%- endfor -%}

    {# What a mart is made of may have been replaced by builds in which the mart itself failed, or was
       not asked for. The build that made the mart as it is saw to its own days. #}
    {%- for group in groups.values() if group.watermark %}
        {%- for mart in group.marts if marts_behind(mart.node) %}
            {% do touch_also(mart.name, cutoff,
                "select day from " ~ source('analytics_state', 'rollup_touched_days')
                ~ " where mart = any(array['" ~ marts_behind(mart.node) | join("', '") ~ "'])"
                ~ " and cutoff >= '" ~ group.watermark.received_through ~ "'::timestamptz"
                ~ " and invocation_id != '" ~ group.watermark.invocation_id ~ "'"
            ) %}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro -%}
