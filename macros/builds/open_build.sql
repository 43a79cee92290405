{#
    Fixes what a build counts before its first model runs: the cutoff, and for each mart the days
    to rebuild. Every model of the build and its incremental strategy then see the same list. Marts
    behind those asked for have their days written down too: rollup_reconciliation has to know which
    days they have not counted.
#}
{%- macro open_build() -%}
    {# Outside of the condition, or dbt does not see which marts they read. #}
    {%- set bi_functions = keep_bi_functions() -%}
    {%- if is_building() -%}
        {%- if flags.EMPTY or flags.SAMPLE -%}
            {{ exceptions.raise_compiler_error(
                '--empty and --sample would replace the touched days by nothing or by a part.'
            ) }}
        {%- endif -%}
        {%- set rebuild = rebuild_range() -%}
        {%- set sampled_from = keep_sample() -%}
        {% do run_query(create_build_locks()) %}
        {% do run_query(create_build_state(sampled_from)) %}
        {% do run_query('commit') %}
        {%- set builds = source('analytics_state', 'rollup_builds') -%}
        {%- if rebuild -%}
            {%- set purged -%}
select held_from::text as held_from
from {{ source('analytics_state', 'raw_horizon') }}
where held_from > '{{ rebuild[0] }}'::date
            {%- endset -%}
            {%- for held_from in run_query(purged).columns[0].values() -%}
                {{ exceptions.raise_compiler_error(
                    'Raw rows before ' ~ held_from ~ ' were purged; rebuilding from ' ~ rebuild[0]
                    ~ ' would lose their days.'
                ) }}
            {%- endfor -%}
        {%- endif -%}
        {% do run_query(claim_build()) %}
        {% do run_query('commit') %}
        {%- set clock -%}
select
    clock_at::text as clock_at,
    cutoff::text as cutoff
from {{ builds }}
where invocation_id = '{{ invocation_id }}'
        {%- endset -%}
        {%- set clock_at, cutoff = run_query(clock).rows[0] -%}
        {%- if cutoff != clock_at -%}
            {% do exceptions.warn(
                'The clock of the database says ' ~ clock_at ~ ', and a mart is rolled up through '
                ~ cutoff ~ ': it was set back. Rows are told apart by their transactions until it has '
                ~ 'caught up.'
            ) %}
        {%- endif -%}
        {# Before anything is built, so that nothing is read without. A reader who keeps a table stops us. #}
        {% do run_query("set local lock_timeout = '10s'; " ~ keep_row_policies()) %}
        {% do run_query('commit') %}
        {% do run_query(bi_functions) %}
        {% if is_production() %}
            {% do run_query(let_readers_in()) %}
            {% do run_query('commit') %}
        {% endif %}
        {# In a transaction that has written nothing: one that has would wait for itself. #}
        {% do run_query(wait_for_open_writers()) %}
        {% do run_query('commit') %}
        {# Before anything is counted: an erased visitor who came back is another one. #}
        {# All note in raw that the marts are done, and of these marts alone that is said. #}
        {% if is_production() %}
            {% do run_query(forget_erased(target.schema)) %}
            {% do run_query('commit') %}
            {% do run_query(move_properties(target.schema)) %}
            {% do run_query('commit') %}
            {% do merge_closed_days() %}
        {% endif %}
        {%- set begin -%}
delete from {{ source('analytics_state', 'rollup_touched_days') }}
where cutoff < now() - interval '30 days';
delete from {{ builds }}
where cutoff < now() - interval '30 days';
update {{ builds }} set snapshot = pg_current_snapshot()
where invocation_id = '{{ invocation_id }}'
        {%- endset -%}
        {% do run_query(begin) %}
        {# dbt retry does not say what it will run: then all of them. #}
        {%- set asked = [] -%}
        {%- set frozen = [] -%}
        {%- for node in marts_by_day() if not selected_resources or node.unique_id in selected_resources -%}
            {%- do asked.append(node.name) -%}
            {%- do frozen.extend([node.name] + marts_behind(node)) -%}
        {%- endfor -%}
        {%- set marts = marts_by_day() | selectattr('name', 'in', frozen) | list -%}
        {% do freeze_touched_days(marts, asked, cutoff, rebuild) %}
        {%- set fix -%}
update {{ builds }} set marts = {{ text_array(marts | map(attribute='name')) }}
where invocation_id = '{{ invocation_id }}'
        {%- endset -%}
        {% do run_query(fix) %}
        {# Owed until the transaction that replaces them: should it fail or die, the next build finds them. #}
        {%- set owed = source('analytics_state', 'rollup_owed_days') -%}
        {%- set owe -%}
delete from {{ owed }}
where day < (select held_from from {{ source('analytics_state', 'raw_horizon') }});
insert into {{ owed }} as owed (mart, day, is_recount, invocation_id)
select
    mart,
    day,
    is_recount,
    invocation_id
from {{ source('analytics_state', 'rollup_touched_days') }}
where invocation_id = '{{ invocation_id }}'
on conflict (mart, day) do update
set
    is_recount = owed.is_recount or excluded.is_recount,
    invocation_id = excluded.invocation_id
        {%- endset -%}
        {% do run_query(owe) %}
        {% do run_query('commit') %}
    {%- endif -%}
{%- endmacro -%}
