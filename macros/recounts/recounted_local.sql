{# What the clocks of the property showed at an instant of one of its days. #}
{%- macro recounted_local(instant, property_id, day) -%}
(
            {{ instant }} at time zone coalesce(
                (
                    select known.time_zone from {{ source('raw', 'property_zones') }} as known
                    where
                        known.property_id = {{ property_id }}
                        and known.from_day <= {{ day }}
                    order by known.from_day desc
                    limit 1
                ),
                'UTC'
            )
        )
{%- endmacro -%}
