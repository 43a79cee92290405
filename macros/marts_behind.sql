{# Names of the marts that a mart reads. #}
{%- macro marts_behind(node) -%}
    {%- set names = [] -%}
    {%- for unique_id in node.depends_on.nodes -%}
        {%- set behind = graph.nodes.get(unique_id) -%}
        {%- if behind and behind.config.incremental_strategy == 'replace_days' -%}
            {%- do names.append(behind.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro -%}
