{# Each mart before those that are made of it, and in order of name otherwise. #}
{%- macro marts_by_day() -%}
    {%- if 'marts_by_day' in graph -%}
        {{ return(graph.marts_by_day) }}
    {%- endif -%}
    {%- set by_depth = {} -%}
    {%- for node in graph.nodes.values() | sort(attribute='name')
        if node.resource_type == 'model'
        and node.config.materialized == 'incremental'
        and node.config.incremental_strategy == 'replace_days' -%}
        {%- do by_depth.setdefault(marts_behind(node) | length, []).append(node) -%}
    {%- endfor -%}
    {%- set marts = [] -%}
    {%- for depth in by_depth | sort -%}
        {%- do marts.extend(by_depth[depth]) -%}
    {%- endfor -%}
    {%- if execute -%}
        {%- do graph.update({'marts_by_day': marts}) -%}
    {%- endif -%}
    {{ return(marts) }}
{%- endmacro -%}
