{#
    One row for each measured vital of an event, in the whole numbers of the marts. `offset 0` keeps the
    planner from taking each value out of its JSON once more for whoever filters or groups by it.
#}
{%- macro recounted_vitals(mart) -%}
select
        property_id::text as property_id,
        day,
        device_type::text as device_type,
        vital,
        case
            when jsonb_typeof(sent) = 'number'
                then case
                    when sent::numeric between 0 and most and is_last
                        then round(sent::double precision * scale)::integer
                end
        end as value
    from (
        select
            events.property_id,
            events.occurred_on as day,
            events.device_type,
            vitals.vital,
            vitals.most,
            vitals.scale,
            events.props -> vitals.key as sent,
            events.view_id is null or events.dedupe_key = reports.dedupe_key as is_last
        from {{ source('raw', 'events') }} as events
        cross join (
            values
            {% for vital in var('web_vitals') -%}
            ('{{ vital.name }}', '{{ vital.key }}', {{ vital.most }}, {{ vital.scale }})
            {{- ',' if not loop.last }}
            {% endfor -%}
        ) as vitals (vital, key, most, scale)
        left join (
            {{ recounted_last_reports(mart, var('web_vitals')) }}
        ) as reports
            on
                events.visitor_id = reports.visitor_id
                and events.view_id = reports.view_id
                and vitals.key = reports.key
        where
            events.props ?| array['{{ var("web_vitals") | map(attribute="key") | join("', '") }}']
            and {{ is_recounted(mart, 'events.occurred_on', 'events.created_at') }}
        offset 0
    ) as of_events
    where sent is not null
    offset 0
{%- endmacro -%}
