{#
    The end of an analysis: each row of a mart that is not what the CTE `recounted` says it must be.
    `rows` names a CTE that stands for the mart where the two can only be compared with care.
#}
{%- macro differences(mart, keys, measures, rows=none) -%}
{%- set has_properties = 'property_id' in keys + measures -%}
{%- set property_id = var('discrepancy_property_id', '') -%}
select
    '{{ mart }}' as mart,
    {% if has_properties -%}
    coalesce(mart.property_id, recounted.property_id) as property_id,
    {%- else -%}
    null as property_id,
    {%- endif %}
    coalesce(mart.day, recounted.day) as day,
    array['{{ keys | join("', '") }}'] as key_columns,
    to_jsonb(mart) as mart_row,
    to_jsonb(recounted) as raw_row
from (
    select
        {{ (keys + measures) | join(',\n        ') }}
    from {{ rows or ref(mart) }}
    where
        day between '{{ var("discrepancy_from", "0001-01-01") }}'::date
        and '{{ var("discrepancy_to", "9999-12-31") }}'::date
) as mart
full join recounted
    on
        {% for key in keys -%}
        mart.{{ key }} = recounted.{{ key }}
        {%- if not loop.last %}
        and {% endif %}
        {%- endfor %}
where
    (
        {% for name in keys + measures -%}
        mart.{{ name }} is distinct from recounted.{{ name }}
        {%- if not loop.last %}
        or {% endif %}
        {%- endfor %}
    )
    {% if property_id and has_properties -%}
    and coalesce(mart.property_id, recounted.property_id) = '{{ property_id }}'
    {% endif -%}
    -- Days that raw no longer holds whole cannot be compared, nor those of an erasure before the
    -- next build.
    and coalesce(mart.day, recounted.day) >= (
        select horizon.held_from from {{ source('analytics_state', 'raw_horizon') }} as horizon
    )
    and coalesce(mart.day, recounted.day) not in (
        select unnest(erasures.touched_days)
        from {{ source('raw', 'erasures') }} as erasures
        where erasures.created_at >= {{ counted_through(mart) }}
    )
{%- endmacro -%}
