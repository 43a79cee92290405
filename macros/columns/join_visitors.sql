{#
    Lateral and kept apart where days are replaced, so that the visitors of those days are looked up by
    the index: as a plain join Postgres read all visitors that there ever were for one day.
#}
{%- macro join_visitors(visitor_id) -%}
    {%- if is_incremental() -%}
cross join
        lateral (
            select known.*
            from {{ ref('stg_web__visitors') }} as known
            where known.visitor_id = {{ visitor_id }}
            {{ kept_apart() }}
        ) as visitors
    {%- else -%}
inner join {{ ref('stg_web__visitors') }} as visitors
        on {{ visitor_id }} = visitors.visitor_id
    {%- endif -%}
{%- endmacro -%}
