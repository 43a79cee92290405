{# Of the statements of one mart. A day's sorts and hashes fit into far less; a first build's do not. #}
{%- macro spend_memory() -%}
    {%- if config.get('incremental_strategy') == 'replace_days' -%}
        set local work_mem = '{{ var("work_mem") }}'
    {%- endif -%}
{%- endmacro -%}
