{# Days of which raw has lost rows that the mart, as its watermark says, has not yet lost. #}
{%- macro erased_since(mart) -%}
select unnest(erasures.touched_days) as day
        from {{ source('raw', 'erasures') }} as erasures
        inner join {{ source('analytics_state', 'rollup_watermarks') }} as reached
            on
                reached.mart = '{{ mart }}'
                and erasures.created_at >= reached.received_through
{%- endmacro -%}
