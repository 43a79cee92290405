{# How far each mart has come, by its name. #}
{%- macro watermarks() -%}
    {%- set known = {} -%}
    {%- for row in run_query(counted_until()).rows -%}
        {%- do known.update({row.mart: row}) -%}
    {%- endfor -%}
    {{ return(known) }}
{%- endmacro -%}
