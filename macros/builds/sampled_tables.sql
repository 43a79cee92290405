{# Those whose rows a purge takes too, by the same day: what is left is a raw that begins later. #}
{%- macro sampled_tables() -%}
    {{ return(['events', 'ingest_duplicates', 'ingest_rejections']) }}
{%- endmacro -%}
