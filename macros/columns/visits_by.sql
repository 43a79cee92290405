{#
    The whole of a daily mart of visits by some columns. `columns` maps the names to their SQL; a hash
    of them stands in the key, for they may be too long for one.
#}
{%- macro visits_by(key, columns, condition) -%}
with

sessions as (
    select
        property_id,
        day,
        is_bot,
        visitor_id,
        {% for name, expression in columns.items() -%}
        {{ expression }} as {{ name }},
        {% endfor -%}
        page_views,
        conversions,
        is_converted,
        is_bounce,
        engaged_ms
    from {{ ref('sessions') }}
    where
        {{ condition }}
        {% if is_incremental() %}
        and day in ({{ touched_days() }})
        {% endif %}
),

visits as (
    select
        property_id,
        day,
        is_bot,
        {{ text_key(columns.keys() | list) }} as {{ key }},
        {{ columns.keys() | join(',\n        ') }},
        count(*)::integer as sessions,
        count(distinct visitor_id)::integer as visitors,
        sum(page_views)::integer as page_views,
        sum(conversions)::integer as conversions,
        (count(*) filter (where is_converted))::integer as converted_sessions,
        count(*) filter (where is_converted)::double precision / count(*) as conversion_rate,
        (count(*) filter (where is_bounce))::integer as bounces,
        count(*) filter (where is_bounce)::double precision / count(*) as bounce_rate,
        sum(engaged_ms) as engaged_ms,
        {{ build_cutoff() }} as generated_at
    from sessions
    group by
        property_id,
        day,
        is_bot,
        {{ columns.keys() | join(',\n        ') }}
)

select * from visits
{%- endmacro -%}
