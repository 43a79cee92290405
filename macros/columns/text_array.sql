{%- macro text_array(texts) -%}
array['{{ texts | join("', '") }}']::text[]
{%- endmacro -%}
