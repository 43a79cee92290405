{#
    Days on which visitors became leads of whom a new event may have changed the visits by then: it joins,
    moves, splits or merges sessions no further than a day away. On a day that is recounted any session
    may be another one: all days after it.
#}
{%- macro days_of_changed_leads(watermark, recounted_from) -%}
{%- set submissions = of_received('form_submissions', watermark) -%}
select firsts.occurred_on as day
from (
    select
        visitor_id,
        min("timestamp") as first_occurred_at
    from {{ of_received('events', watermark) }} as events
    where {{ is_newly_received('events', watermark) }}
    group by visitor_id
) as received
inner join {{ submissions }} as named
    on received.visitor_id = named.visitor_id
inner join {{ submissions }} as firsts
    on
        named.lead_id = firsts.lead_id
        and received.first_occurred_at <= firsts.captured_at + interval '1 day'
where firsts.is_first_capture
{% if recounted_from %}
union
select day from {{ adapter.get_relation(target.database, target.schema, 'leads') }}
where day >= '{{ recounted_from }}'::date
{% endif %}
{%- endmacro -%}
