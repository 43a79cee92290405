{# People are all the others: contract 3. Where a query has one table, its name is left out. #}
{%- macro is_bot(events='') -%}
({{ events ~ '.' if events }}device_type = 'bot')
{%- endmacro -%}
