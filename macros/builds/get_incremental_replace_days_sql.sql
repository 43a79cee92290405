{#
    Replaces the touched days, those left without a row as well. The horizon is asked for anew: a
    purge that ended while the days were being counted took raw rows, and those days must stay. Of these a
    mart that is made of marts has rows of merged properties replaced (merge_closed_days()).
#}
{%- macro get_incremental_replace_days_sql(arg_dict) -%}
    {%- set fixed -%}
select horizon.held_from::text as held_from
from {{ source('analytics_state', 'rollup_builds') }} as builds
cross join {{ source('analytics_state', 'raw_horizon') }} as horizon
where
    builds.invocation_id = '{{ invocation_id }}'
    and '{{ model.name }}' = any(builds.marts)
    {%- endset -%}
    {%- set horizon = run_query(fixed).rows -%}
    {%- if not horizon -%}
        {{ exceptions.raise_compiler_error(
            'This build has not fixed which days of ' ~ model.name ~ ' to rebuild; build it anew.'
        ) }}
    {%- endif -%}
    {%- set held_from = horizon[0][0] -%}
    {%- set days = touched_days() -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) %}
{% if config.get('meta', {}).get('keeps_restatements') %}
{{ note_restatements(arg_dict, held_from) }};
{% endif %}
{%- set merged = source('analytics_state', 'rollup_merged_days') %}
{%- set is_open -%}
(
        day >= '{{ held_from }}'::date
        or (property_id, day) in (
            select
                property_id,
                day
            from {{ merged }}
            where mart = '{{ model.name }}'
        )
    )
{%- endset %}
delete from {{ arg_dict['target_relation'] }}
where
    day in ({{ days }})
    and {{ is_open }};

insert into {{ arg_dict['target_relation'] }} ({{ columns }})
select {{ columns }}
from {{ arg_dict['temp_relation'] }}
where
    {{ is_open }};

delete from {{ merged }}
where
    mart = '{{ model.name }}'
    and day in ({{ days }})
{% endmacro -%}
