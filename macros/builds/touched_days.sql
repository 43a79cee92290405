{# Literals and no subquery: partitions of raw.events are pruned when the query is planned. #}
{%- macro touched_days() -%}
    {%- set query -%}
select
    mart,
    string_agg(quote_literal(to_char(day, 'YYYY-MM-DD')) || '::date', ', ' order by day) as days
from {{ source('analytics_state', 'rollup_touched_days') }}
where invocation_id = '{{ invocation_id }}'
group by mart
    {%- endset -%}
    {%- for mart, days in (asked_once(query) if is_building() else []) if mart == model.name -%}
        {{ days }}
    {%- else -%}
        {# `dbt show` previews what a build would make of the last days. #}
        {{- 'current_date - 1, current_date' if flags.WHICH == 'show' else 'null::date' -}}
    {%- endfor -%}
{%- endmacro -%}
