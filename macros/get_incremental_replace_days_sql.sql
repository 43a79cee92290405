{#
    Replaces the touched days, those left without a row as well. The horizon is asked for anew: a
    purge that ended while the days were being counted took raw rows, and those days must stay.
#}
{%- macro get_incremental_replace_days_sql(arg_dict) -%}
    {%- set held_from = run_query(
        "select held_from::text as held_from from " ~ source('analytics_state', 'raw_horizon')
    ).columns[0].values()[0] -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) %}
{% if config.get('meta', {}).get('keeps_restatements') %}
{{ note_restatements(arg_dict, held_from) }};
{% endif %}
delete from {{ arg_dict['target_relation'] }}
where
    day in ({{ touched_days() }})
    and day >= '{{ held_from }}'::date;

insert into {{ arg_dict['target_relation'] }} ({{ columns }})
select {{ columns }}
from {{ arg_dict['temp_relation'] }}
where day >= '{{ held_from }}'::date
{% endmacro -%}
