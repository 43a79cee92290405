{#
    The raw events that are compared, with these columns. Kept apart, as grouping sets, zones and the text of
    an enum are for the coordinator of Citus alone.
#}
{%- macro recounted_events(mart, columns) -%}
select
        {{ columns | join(',\n        ') }}
    from {{ source('raw', 'events') }}
    where {{ is_recounted(mart, 'occurred_on', 'created_at') }}
    offset 0
{%- endmacro -%}
