{# Names of the marts that a test reads, itself or by a view. #}
{%- macro marts_looked_at(node) -%}
    {%- set names = [] -%}
    {%- for unique_id in node.depends_on.nodes -%}
        {%- set read = graph.nodes.get(unique_id) -%}
        {%- if read and read.config.materialized == 'incremental' -%}
            {%- do names.append(read.name) -%}
        {%- elif read and read.resource_type == 'model' -%}
            {%- do names.extend(marts_looked_at(read)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(names | unique | list) }}
{%- endmacro -%}
