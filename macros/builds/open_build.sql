{#
    Fixes what a build counts before its first model runs: the cutoff, and for each mart the days
    to rebuild. Every model of the build and its incremental strategy then see the same list. Marts
    behind those asked for have their days written down too: rollup_reconciliation has to know which
    days they have not counted.
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
        {%- set held_from = run_query(
            "select held_from::text as held_from from " ~ source('analytics_state', 'raw_horizon')
            ~ " where held_from > '" ~ rebuild[0] ~ "'::date"
        ).columns[0].values() if rebuild else [] -%}
        {%- if held_from -%}
            {{ exceptions.raise_compiler_error(
                'Raw rows before ' ~ held_from[0] ~ ' were purged; rebuilding from ' ~ rebuild[0]
                ~ ' would lose their days.'
            ) }}
        {%- endif -%}
        {# Behind no watermark, or rows that are counted already would fall out of their days. #}
        {%- set clock = run_query(
            "select"
            ~ " to_char(clock.clock_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00',"
            ~ " to_char(greatest(clock.clock_at, reached.received_through + interval '1 microsecond')"
            ~ " at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'"
            ~ " from (select clock_timestamp() as clock_at) as clock cross join"
            ~ " (select max(received_through) as received_through from "
            ~ source('analytics_state', 'rollup_watermarks') ~ ") as reached"
        ).rows[0] -%}
        {%- set clock_at, cutoff = clock[0], clock[1] -%}
        {%- if cutoff != clock_at -%}
            {% do exceptions.warn(
                'The clock of the database says ' ~ clock_at ~ ', and a mart is rolled up through '
                ~ cutoff ~ ': it was set back. Rows are told apart by their transactions until it has '
                ~ 'caught up.'
            ) %}
        {%- endif -%}
        {# In a transaction that has written nothing: one that has would wait for itself. #}
        {% do run_query(wait_for_open_writers()) %}
        {% do run_query('commit') %}
        {# Before anything is counted: an erased visitor who came back is another one. #}
        {% do run_query(forget_erased(target.schema)) %}
        {% do run_query('commit') %}
        {% do run_query(prune_build_state()) %}
        {% do run_query(
            "insert into " ~ source('analytics_state', 'rollup_builds')
            ~ " (invocation_id, cutoff, clock_at, snapshot, started_at) values ('" ~ invocation_id
            ~ "', '" ~ cutoff ~ "'::timestamptz, '" ~ clock_at
            ~ "'::timestamptz, pg_current_snapshot(), clock_timestamp())"
        ) %}
        {# dbt retry does not say what it will run: then all of them. #}
        {%- set asked = [] -%}
        {%- set frozen = [] -%}
        {%- for node in marts_by_day() if not selected_resources or node.unique_id in selected_resources -%}
            {%- do asked.append(node.name) -%}
            {%- do frozen.extend([node.name] + marts_behind(node)) -%}
        {%- endfor -%}
        {%- set written_by = freeze_touched_days(
            marts_by_day() | selectattr('name', 'in', frozen) | list, asked, cutoff, rebuild
        ) -%}
        {% do run_query(
            "update " ~ source('analytics_state', 'rollup_builds') ~ " set written_by = "
            ~ sql_text(tojson(written_by)) ~ " where invocation_id = '" ~ invocation_id ~ "'"
        ) %}
        {% do run_query(owe_touched_days()) %}
        {% do run_query('commit') %}
    {%- endif -%}
{%- endmacro -%}
