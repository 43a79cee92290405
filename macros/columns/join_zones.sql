{#
    Beside rows that have a property and a day, the zone by which the property cuts that day. Unit tests
    know no zones, so that none has to say so.
#}
{%- macro join_zones(days) -%}
left join (
    select
        property_id,
        time_zone,
        from_day,
        lead(from_day, 1, 'infinity') over (
            partition by property_id
            order by from_day
        ) as until_day
    from {% if model.resource_type == 'unit_test' -%}
        (select '' as property_id, '' as time_zone, current_date as from_day) as none
        where false
    {%- else -%}
        {{ source('raw', 'property_zones') }}
    {%- endif %}
) as zones
    on
        {{ days }}.property_id = zones.property_id
        and {{ days }}.day >= zones.from_day
        and {{ days }}.day < zones.until_day
{%- endmacro -%}
