{#
    Days of reports that a newer one of the same page view has replaced: there the measure counts no more.
    On a day that is recounted any report may have come.
#}
{%- macro days_of_replaced_reports(watermark, recounted_from) -%}
{%- set is_report -%}
view_id is not null
            and props ?| {{ text_array((var('web_vitals') + var('engagement')) | map(attribute='key')) }}
{%- endset -%}
select earlier.day
from (
    select
        visitor_id,
        view_id,
        max(occurred_on) as day
    from {{ of_received('events', watermark) }} as events
    where
        {{ is_report }}
        and (
            {{ is_newly_received('events', watermark) }}
            {% if recounted_from -%}
            or occurred_on >= '{{ recounted_from }}'::date
            {%- endif %}
        )
    group by
        visitor_id,
        view_id
) as received
-- Lateral and kept apart, so that each view is looked up by the index.
cross join
    lateral (
        select known.occurred_on as day
        from {{ of_received('events', watermark) }} as known
        where
            known.visitor_id = received.visitor_id
            and known.view_id = received.view_id
            and known.occurred_on < received.day
        offset 0
    ) as earlier
{%- endmacro -%}
