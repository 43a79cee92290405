{#
    Besides days_of_changed_sessions(), the days on which visitors of new events had visits that began
    later: there the visit before is another one now. Cuts are made from the earliest event on, so nothing
    that began before the first new event of a visitor looks back to what changed. On a day that is
    recounted any visit may have come or gone: all days after it.
#}
{%- macro days_of_later_visits(watermark, recounted_from) -%}
{%- set mart = adapter.get_relation(target.database, target.schema, 'sessions') -%}
{{ days_of_changed_sessions(watermark, recounted_from) }}
union
select later.day
from received_by_visitor
cross join lateral (
    select mart.day
    from {{ mart }} as mart
    where
        mart.visitor_id = received_by_visitor.visitor_id
        and mart.ended_at >= received_by_visitor.first_occurred_at
        and mart.started_at >= received_by_visitor.first_occurred_at
    offset 0
) as later
{% if recounted_from %}
union
select day from {{ mart }}
where day >= '{{ recounted_from }}'::date
{% endif %}
{%- endmacro -%}
