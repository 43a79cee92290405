{#
    A table of raw, or on Citus what gather_received() has brought of it: all that touched days are looked
    for in, as lateral look-ups and marts of the coordinator have no place on other nodes.
#}
{%- macro of_received(table, watermark) -%}
    {{ return('pg_temp.footfall_' ~ table if watermark.snapshot is none else source('raw', table)) }}
{%- endmacro -%}
