{# People are all the others: contract 3. #}
{%- macro is_bot(events) -%}
({{ events }}.device_type = 'bot')
{%- endmacro -%}
