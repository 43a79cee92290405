{# Whether a mart reads nothing but other marts, and what builds remember. #}
{%- macro is_made_of_marts(node) -%}
    {%- set others = [] -%}
    {%- for unique_id in node.depends_on.nodes -%}
        {%- set behind = graph.nodes.get(unique_id) -%}
        {%- if behind and behind.config.incremental_strategy != 'replace_days' -%}
            {%- do others.append(unique_id) -%}
        {%- elif not behind and graph.sources[unique_id].source_name == 'raw' -%}
            {%- do others.append(unique_id) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(not others) }}
{%- endmacro -%}
