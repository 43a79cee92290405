{# Two builds at once write one mart one after the other, each seeing what the other has done. #}
{%- macro lock_mart() -%}
    {%- if config.get('incremental_strategy') == 'replace_days' -%}
        {{ take_build_lock('mart.' ~ model.name) }}
    {%- endif -%}
{%- endmacro -%}
