{# Whether raw may be on several nodes of Citus. #}
{%- macro is_distributed() -%}
    {%- if not execute -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set extension -%}
select count(*) as extensions from pg_extension where extname = 'citus'
    {%- endset -%}
    {{ return(asked_once(extension)[0][0] > 0) }}
{%- endmacro -%}
