{#
    Raw rows received before this instant are in the mart; later ones wait for the next build. Who knows
    it gives it as a var, for with a literal the planner knows how many rows there are.
#}
{%- macro counted_through(mart) -%}
{%- set known = var('discrepancy_counted_through_' ~ mart, '') -%}
{%- if known -%}
'{{ known }}'::timestamptz
{%- else -%}
(
            select received_through
            from {{ source('analytics_state', 'rollup_watermarks') }}
            where mart = '{{ mart }}'
        )
{%- endif -%}
{%- endmacro -%}
