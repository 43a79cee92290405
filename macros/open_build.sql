{#
    Fixes what a build counts before its first model runs: the cutoff, and for each mart the days
    to rebuild. Every model of the build and its incremental strategy then see the same list.
#}
{%- macro open_build() -%}
    {%- if is_building() -%}
        {%- if flags.EMPTY or flags.SAMPLE -%}
            {{ exceptions.raise_compiler_error(
                '--empty and --sample would replace the touched days by nothing or by a part.'
            ) }}
        {%- endif -%}
        {% do refuse_marts_of_others() %}
        {%- set rebuild = rebuild_range() -%}
        {% do run_query(create_build_locks()) %}
        {% do run_query(create_build_state()) %}
        {% do run_query('commit') %}
        {%- set cutoff = run_query(
            "select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
            ~ " || '+00' as cutoff_text"
        ).columns[0].values()[0] -%}
        {# In a transaction that has written nothing: one that has would wait for itself. #}
        {% do run_query(wait_for_open_writers()) %}
        {% do run_query('commit') %}
        {# Before anything is counted: an erased visitor who came back is another one. #}
        {% do run_query(forget_erased(target.schema)) %}
        {% do run_query('commit') %}
        {% do run_query(prune_build_state()) %}
        {% do run_query(
            "insert into " ~ source('analytics_state', 'rollup_builds')
            ~ " (invocation_id, cutoff, snapshot, started_at) values ('" ~ invocation_id ~ "', '"
            ~ cutoff ~ "'::timestamptz, pg_current_snapshot(), clock_timestamp())"
        ) %}
        {%- set marts = marts_by_day() | selectattr('unique_id', 'in', selected_resources) | list -%}
        {% do freeze_touched_days(marts, cutoff, rebuild) %}
        {% do run_query('commit') %}
    {%- endif -%}
{%- endmacro -%}
