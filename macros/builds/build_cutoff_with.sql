{# For what is counted of raw beside a mart: no further than that has come, should it not be built now. #}
{%- macro build_cutoff_with(mart) -%}
least(
            {{ build_cutoff() }},
            (
                select reached.received_through
                from {{ source('analytics_state', 'rollup_watermarks') }} as reached
                where reached.mart = '{{ mart }}'
            )
        )
{%- endmacro -%}
