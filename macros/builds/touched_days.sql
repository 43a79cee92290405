{# Literals and no subquery: partitions of raw.events are pruned when the query is planned. #}
{%- macro touched_days() -%}
    {%- set days = [] -%}
    {%- if is_building() -%}
        {%- set days = run_query(
            "select day::text as day_text"
            ~ " from " ~ source('analytics_state', 'rollup_touched_days')
            ~ " where invocation_id = '" ~ invocation_id ~ "' and mart = '" ~ model.name ~ "'"
            ~ " order by day"
        ).columns[0].values() -%}
    {%- endif -%}
    {%- for day in days -%}
        '{{ day }}'::date{{ ', ' if not loop.last }}
    {%- else -%}
        null::date
    {%- endfor -%}
{%- endmacro -%}
