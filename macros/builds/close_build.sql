{# The last of a build, whatever became of its models. #}
{%- macro close_build() -%}
    {%- if is_building() -%}
        {%- set close -%}
update {{ source('analytics_state', 'rollup_builds') }} set ended_at = clock_timestamp()
where
    invocation_id = '{{ invocation_id }}'
    and ended_at is null
        {%- endset -%}
        {% do run_query(close) %}
        {% do run_query('commit') %}
    {%- endif -%}
{%- endmacro -%}
