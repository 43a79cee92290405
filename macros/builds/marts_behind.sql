{# Names of the marts that a mart is made of, at first or at second hand. #}
{%- macro marts_behind(node) -%}
    {%- set names = [] -%}
    {%- for unique_id in node.depends_on.nodes -%}
        {%- set behind = graph.nodes.get(unique_id) -%}
        {%- if behind and behind.config.incremental_strategy == 'replace_days' -%}
            {%- do names.append(behind.name) -%}
            {%- do names.extend(marts_behind(behind)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(names | unique | list) }}
{%- endmacro -%}
