{#
    For `footfall rollups status`: of each mart how far it is rolled up and which days wait, as one
    line of JSON. The days are frozen as a build freezes them, and the freezing is undone.
#}
{%- macro rollup_status() -%}
    {% do run_query(fix_session()) %}
    {%- set told = [] -%}
    {%- set there = [] -%}
    {%- for node in marts_by_day() -%}
        {%- if adapter.get_relation(node.database, node.schema, node.alias) -%}
            {%- do there.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set watermarks = source('analytics_state', 'rollup_watermarks') -%}
    {%- set query -%}
select
    jsonb_object_agg(
        marts.name,
        jsonb_build_object(
            'received_through',
            to_char(watermarks.received_through at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00',
            'lag_seconds',
            coalesce(greatest(
                0, extract(epoch from clock_timestamp() - watermarks.received_through)
            )::bigint, 0),
            'waiting_days',
            array(
                select touched.day
                from {{ source('analytics_state', 'rollup_touched_days') }} as touched
                where
                    touched.invocation_id = '{{ invocation_id }}'
                    and touched.mart = marts.name
                order by touched.day
            )
        )
    )::text as marts
from unnest({{ text_array(there) }}) as marts (name)
left join {{ watermarks }} as watermarks on marts.name = watermarks.mart
    {%- endset -%}
    {%- set known = {} -%}
    {%- if adapter.get_relation(target.database, watermarks.schema, watermarks.identifier) -%}
        {% do run_query('begin') %}
        {# Where no build has run since an upgrade, what is missing is made and undone as well. #}
        {%- if not adapter.get_relation(target.database, watermarks.schema, 'rollup_merged_days') %}
            {% do run_query(create_build_state()) %}
        {%- endif -%}
        {% do freeze_touched_days(marts_by_day(), [], run_query('select now()::text').rows[0][0], []) %}
        {%- do known.update(fromjson(run_query(query).rows[0][0])) -%}
        {% do run_query('rollback') %}
    {%- endif -%}
    {%- for node in marts_by_day() | sort(attribute='name') -%}
        {%- do told.append(
            {'mart': node.name, 'received_through': none, 'lag_seconds': 0, 'waiting_days': []}
        ) -%}
        {%- do told[-1].update(known.get(node.name, {})) -%}
    {%- endfor -%}
    {{ log('rollup_status ' ~ tojson(told), info=true) }}
{%- endmacro -%}
