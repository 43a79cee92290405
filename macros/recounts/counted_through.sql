{# Raw rows received before this instant are in the mart; later ones wait for the next build. #}
{%- macro counted_through(mart) -%}
(
            select received_through
            from {{ source('analytics_state', 'rollup_watermarks') }}
            where mart = '{{ mart }}'
        )
{%- endmacro -%}
