{# Names of the marts that are made of a mart at first hand. #}
{%- macro marts_made_of(node) -%}
    {%- set names = [] -%}
    {%- for mart in marts_by_day() if node.unique_id in mart.depends_on.nodes -%}
        {%- do names.append(mart.name) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro -%}
