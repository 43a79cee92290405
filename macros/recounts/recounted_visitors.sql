{# Whoever has an event on the days that are compared, as far as the mart has counted. #}
{%- macro recounted_visitors(mart) -%}
select distinct visitor_id
    from {{ source('raw', 'events') }}
    where {{ is_recounted(mart, 'occurred_on', 'created_at') }}
{%- endmacro -%}
