{# Of what builds remember and of each mart: name, shape, and the table by which one sees that it is there. #}
{%- macro shapes_expected() -%}
    {%- set expected = [('build_state', 3, source('analytics_state', 'rollup_watermarks') | string)] -%}
    {%- for node in graph.nodes.values() | sort(attribute='name')
        if node.config.materialized == 'incremental' -%}
        {%- do expected.append((node.name, node.config.meta.get('shape', 1), node.relation_name)) -%}
    {%- endfor -%}
    {{ return(expected) }}
{%- endmacro -%}
