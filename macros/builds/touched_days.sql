{# Literals and no subquery: partitions of raw.events are pruned when the query is planned. #}
{%- macro touched_days() -%}
    {%- set query -%}
select to_char(day, 'YYYY-MM-DD') as day_text
from {{ source('analytics_state', 'rollup_touched_days') }}
where
    invocation_id = '{{ invocation_id }}'
    and mart = '{{ model.name }}'
order by day
    {%- endset -%}
    {%- for day in (run_query(query).columns[0].values() if is_building() else []) -%}
        '{{ day }}'::date{{ ', ' if not loop.last }}
    {%- else -%}
        {# `dbt show` previews what a build would make of the last days. #}
        {{- 'current_date - 1, current_date' if flags.WHICH == 'show' else 'null::date' -}}
    {%- endfor -%}
{%- endmacro -%}
