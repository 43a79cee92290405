{#
    Writes the days to rebuild of the marts, and returns which build had written each of them. The marts
    come before those that are made of them; those of one watermark share a scan.
#}
{%- macro freeze_touched_days(marts, asked, cutoff, rebuild) -%}
    {%- set touched = source('analytics_state', 'rollup_touched_days') -%}
    {%- set of_this_build = " from " ~ touched ~ " where invocation_id = '" ~ invocation_id ~ "'" -%}
    {%- set known = watermarks() -%}
    {%- set groups = {} -%}
    {%- set missing = [] -%}
    {%- set there = [] -%}
    {%- set written_by = {} -%}
    {%- for node in marts -%}
        {%- set relation = adapter.get_relation(node.database, node.schema, node.alias) -%}
        {%- set watermark = known.get(node.name) -%}
        {%- do written_by.update({node.name: watermark.written_by if watermark else ''}) -%}
        {%- if relation is none -%}
            {%- do missing.append(node.name) -%}
        {%- else -%}
            {%- do there.append(node) -%}
            {# Without a watermark nobody knows what the mart holds: group it by itself. #}
            {%- set group = [watermark.since, watermark.received_through, watermark.snapshot] | join(' ')
                if watermark else node.name -%}
            {%- do groups.setdefault(
                group, {'watermark': watermark, 'relation': relation, 'marts': []}
            ) -%}
            {%- do groups[group].marts.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}

    {%- for group in groups.values() %}
        {% do touch(
            "select marts.name, days.day, " ~ ('false' if group.watermark else 'true')
            ~ " from unnest(array['" ~ group.marts | join("', '") ~ "']) as marts (name) cross join ("
            ~ (days_received_since(group.watermark) if group.watermark
                else days_of_everything(group.relation))
            ~ ") as days (day)", cutoff
        ) %}
    {%- endfor -%}

    {# What is made anew under marts that stand changes them on every day, asked for or not. #}
    {%- set anew = [] -%}
    {%- for node in marts_by_day() if adapter.get_relation(node.database, node.schema, node.alias) -%}
        {%- do anew.extend(marts_behind(node) | select('in', missing)) -%}
    {%- endfor -%}
    {%- if anew %}
        {% do touch(
            "select marts.name, days.day, true from unnest(array['" ~ anew | unique | join("', '")
            ~ "']) as marts (name) cross join (" ~ days_of_everything() ~ ") as days (day)", cutoff
        ) %}
    {%- endif -%}

    {%- if rebuild and asked %}
        {% do touch(
            "select marts.name, days.day::date, true from unnest(array['" ~ asked | join("', '")
            ~ "']) as marts (name) cross join generate_series('" ~ rebuild[0]
            ~ "'::timestamp, '" ~ rebuild[1] ~ "'::timestamp, interval '1 day') as days (day)", cutoff
        ) %}
    {%- endif -%}

    {% do touch(
        "select mart, day, is_recount from " ~ source('analytics_state', 'rollup_owed_days')
        ~ " where mart = any(array['" ~ marts | map(attribute='name') | join("', '") ~ "'])", cutoff
    ) %}

    {# What a mart is made of is rebuilt before it, and then the mart on these days. #}
    {%- for node in there -%}
        {%- set behind = marts_behind(node) -%}
        {%- if behind %}
            {% do touch(
                "select '" ~ node.name ~ "', day, is_recount" ~ of_this_build
                ~ " and mart = any(array['" ~ behind | join("', '") ~ "'])", cutoff
            ) %}
        {%- endif -%}
        {%- if node.config.meta.also_touches and known.get(node.name) %}
            {%- set recounted_from = run_query(
                "select to_char(min(day), 'YYYY-MM-DD')" ~ of_this_build ~ " and mart = '" ~ node.name
                ~ "' and is_recount"
            ).columns[0].values()[0] -%}
            {% do touch(
                "select '" ~ node.name ~ "', days.day, false from ("
                ~ context[node.config.meta.also_touches](known[node.name], recounted_from)
                ~ ") as days (day)", cutoff
            ) %}
        {%- endif -%}
    {%- endfor -%}
    {{ return(written_by) }}
{%- endmacro -%}
