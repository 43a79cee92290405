{# One row for each measured vital of an event. CLS counts in thousandths. #}
{%- macro recounted_vitals(mart) -%}
select
        events.property_id::text as property_id,
        events.occurred_on as day,
        events.device_type::text as device_type,
        coalesce(events.country_code::text, 'unknown') as country_code,
        vitals.vital,
        round(
            case
                when jsonb_typeof(events.props -> vitals.key) = 'number'
                    then case
                        when (events.props -> vitals.key)::numeric between 0 and vitals.most
                            then (events.props -> vitals.key)::double precision * vitals.scale
                    end
            end
        )::integer as value
    from {{ source('raw', 'events') }} as events
    cross join (
        values
        ('fcp', 'fcpMs', 120000, 1),
        ('lcp', 'lcpMs', 120000, 1),
        ('inp', 'inpMs', 120000, 1),
        ('ttfb', 'ttfbMs', 120000, 1),
        ('cls', 'clsScore', 10, 1000)
    ) as vitals (vital, key, most, scale)
    where {{ is_recounted(mart, 'events.occurred_on', 'events.created_at') }}
{%- endmacro -%}
