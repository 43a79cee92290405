{#
    Writes down the days to rebuild of the marts, which come before those that are made of them. Marts of
    one watermark share a scan.
#}
{%- macro freeze_touched_days(marts, asked, cutoff, rebuild) -%}
    {%- set touched = source('analytics_state', 'rollup_touched_days') -%}
    {%- set known = watermarks() -%}
    {%- set groups = {} -%}
    {%- set missing = [] -%}
    {%- set there = [] -%}
    {%- for node in marts -%}
        {%- set relation = adapter.get_relation(node.database, node.schema, node.alias) -%}
        {%- set watermark = known.get(node.name) -%}
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

    {%- set gathered = namespace(last=none) -%}
    {%- for group in groups.values() -%}
        {%- if group.watermark and group.watermark.snapshot is none -%}
            {% do run_query(gather_received(group.watermark.since, none)) %}
            {%- set gathered.last = group.watermark.since ~ ' ' ~ none -%}
        {%- endif -%}
        {%- call touch(cutoff) %}
    select
        marts.name,
        days.day,
        {{ 'false' if group.watermark else 'true' }}
    from unnest({{ text_array(group.marts) }}) as marts (name)
    cross join (
{{ days_received_since(group.watermark) if group.watermark else days_of_everything(group.relation) }}
    ) as days (day)
        {%- endcall -%}
    {%- endfor -%}

    {# What is made anew under marts that stand changes them on every day, asked for or not. #}
    {%- set anew = [] -%}
    {%- for node in marts_by_day()
        if missing and adapter.get_relation(node.database, node.schema, node.alias) -%}
        {%- do anew.extend(marts_behind(node) | select('in', missing)) -%}
    {%- endfor -%}
    {%- if anew -%}
        {%- call touch(cutoff) %}
    select
        marts.name,
        days.day,
        true
    from unnest({{ text_array(anew | unique) }}) as marts (name)
    cross join (
{{ days_of_everything() }}
    ) as days (day)
        {%- endcall -%}
    {%- endif -%}

    {%- if rebuild and asked -%}
        {%- call touch(cutoff) %}
    select
        marts.name,
        days.day::date,
        true
    from unnest({{ text_array(asked) }}) as marts (name)
    cross join generate_series(
        '{{ rebuild[0] }}'::timestamp, '{{ rebuild[1] }}'::timestamp, interval '1 day'
    ) as days (day)
        {%- endcall -%}
    {%- endif -%}

    {%- call touch(cutoff) %}
    select
        mart,
        day,
        is_recount
    from {{ source('analytics_state', 'rollup_owed_days') }}
    where mart = any({{ text_array(marts | map(attribute='name')) }})
    {%- endcall -%}

    {# What follows recounts a day of a mart only where what that is made of is recounted. #}
    {%- set recounts -%}
select exists (
    select from {{ touched }}
    where
        invocation_id = '{{ invocation_id }}'
        and is_recount
) as are_there
    {%- endset -%}
    {%- set has_recounts = run_query(recounts).rows[0][0] -%}

    {# What a mart is made of is rebuilt before it, and then the mart on these days. #}
    {%- for node in there -%}
        {%- set behind = marts_behind(node) -%}
        {%- if behind -%}
            {%- call touch(cutoff) %}
    select
        '{{ node.name }}',
        day,
        is_recount
    from {{ touched }}
    where
        invocation_id = '{{ invocation_id }}'
        and mart = any({{ text_array(behind) }})
            {%- endcall -%}
        {%- endif -%}
        {%- if node.config.meta.also_touches and known.get(node.name) -%}
            {%- set first_recounted_day -%}
select min(day)::text as day_text
from {{ touched }}
where
    invocation_id = '{{ invocation_id }}'
    and mart = '{{ node.name }}'
    and is_recount
            {%- endset -%}
            {%- set recounted_from = run_query(first_recounted_day).rows[0][0] if has_recounts else none -%}
            {%- set wanted = known[node.name].since ~ ' ' ~ recounted_from -%}
            {%- if known[node.name].snapshot is none and gathered.last != wanted -%}
                {% do run_query(gather_received(known[node.name].since, recounted_from)) %}
                {%- set gathered.last = wanted -%}
            {%- endif -%}
            {%- call touch(cutoff) %}
    select
        '{{ node.name }}',
        days.day,
        false
    from (
{{ context[node.config.meta.also_touches](known[node.name], recounted_from) }}
    ) as days (day)
            {%- endcall -%}
        {%- endif -%}
    {%- endfor -%}
    {# Days that a merge has left to marts of marts: raw does not hold them, and need not. #}
    {%- set merged -%}
insert into {{ touched }} (invocation_id, mart, day, is_recount, cutoff)
select distinct
    '{{ invocation_id }}',
    mart,
    day,
    true,
    '{{ cutoff }}'::timestamptz
from {{ source('analytics_state', 'rollup_merged_days') }}
where mart = any({{ text_array(there | map(attribute='name')) }})
on conflict do nothing
    {%- endset -%}
    {% do run_query(merged) %}
{%- endmacro -%}
