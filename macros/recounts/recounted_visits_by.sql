{# Visits of each day by some columns, counted from raw. `columns` maps the names to their SQL. #}
{%- macro recounted_visits_by(mart, key, columns, condition) -%}
select
        property_id,
        day,
        is_bot,
        {{ columns.keys() | join(',\n        ') }},
        count(*) as sessions,
        count(distinct visitor_id) as visitors,
        sum(page_views) as page_views,
        sum(conversions) as conversions,
        count(*) filter (where is_converted) as converted_sessions,
        count(*) filter (where is_converted)::double precision / count(*) as conversion_rate,
        count(*) filter (where is_bounce) as bounces,
        count(*) filter (where is_bounce)::double precision / count(*) as bounce_rate,
        sum(engaged_ms) as engaged_ms,
        encode(
            substr(
                sha256(
                    convert_to(json_build_array({{ columns.keys() | join(', ') }})::text, 'UTF8')
                ),
                1,
                16
            ),
            'hex'
        )::uuid as {{ key }}
    from (
        select
            property_id,
            day,
            is_bot,
            visitor_id,
            page_views,
            conversions,
            is_converted,
            is_bounce,
            engaged_ms,
            {% for name, expression in columns.items() -%}
            {{ expression }} as {{ name }}
            {%- if not loop.last %},
            {% endif -%}
            {% endfor %}
        from (
        {{ recounted_sessions(mart) }}
        ) as visits
        where {{ condition }}
    ) as named
    group by
        property_id,
        day,
        is_bot,
        {{ columns.keys() | join(',\n        ') }}
{%- endmacro -%}
