{%- macro sql_text(text) -%}
'{{ text | replace("'", "''") }}'
{%- endmacro -%}
