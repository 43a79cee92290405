{# For what is counted of raw beside a mart: no further than that has come, should it not be built now. #}
{%- macro build_cutoff_with(mart) -%}
{%- set reached = source('analytics_state', 'rollup_watermarks') -%}
least({{ build_cutoff() }}, (select max(received_through) from {{ reached }} where mart = '{{ mart }}'))
{%- endmacro -%}
