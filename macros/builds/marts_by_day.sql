{# Each mart before those that are made of it, and in order of name otherwise. #}
{%- macro marts_by_day() -%}
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
    {{ return(marts) }}
{%- endmacro -%}
