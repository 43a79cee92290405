{#
    Makes one property of two on the days that raw no longer holds, as merges in raw have left it to the
    marts: those that count raw from what both had, in one transaction. Marts that are made of marts alone
    are made anew for the property, by this build or a later one: rollup_merged_days has what they owe.
    Merges are looked at again after each purge, which may have taken days in the middle of a build.
#}
{%- macro merge_closed_days() -%}
{%- set aliases = source('raw', 'property_aliases') -%}
{%- set ways = merge_ways() -%}
{%- set marts = marts_by_day() -%}
{%- set by_name = {} -%}
{%- set anew = [] -%}
{%- set of_all = [] -%}
{%- for mart in marts -%}
    {%- do by_name.update({mart.name: mart}) -%}
    {%- if is_made_of_marts(mart) -%}
        {%- do anew.append(mart.name) -%}
        {%- if 'macro.footfall.recency_lists' in mart.depends_on.macros -%}
            {%- do of_all.append(mart.name) -%}
        {%- endif -%}
    {%- elif mart.name not in ways and mart.name not in ('sessions', 'leads') -%}
        {{ exceptions.raise_compiler_error(
            'merge_ways() does not say how two properties become one in ' ~ mart.name ~ '.'
        ) }}
    {%- endif -%}
{%- endfor -%}
{%- set statements -%}
    {%- for mart in marts if mart.config.meta.get('keeps_restatements') %}
create temporary table footfall_before_{{ mart.name }} on commit drop as
select known.*
from {{ mart.relation_name }} as known
inner join footfall_merge as moved
    on known.property_id in (moved.alias, moved.property_id)
where known.day in (select days.day from footfall_days as days);
    {% endfor -%}
    {%- for name in ways if name != 'rollup_reconciliation' %}
{{ merge_mart(by_name[name]) }}
    {% endfor %}
create temporary table footfall_rollups on commit drop as
select
    day,
    coalesce(to_jsonb(metrics), '{}'::jsonb) || coalesce(to_jsonb(ingest), '{}'::jsonb) as measures
from footfall_days as days
cross join footfall_merge as moved
left join {{ by_name.daily_metric_rollups.relation_name }} as metrics using (property_id, day)
left join {{ by_name.daily_ingest_rollups.relation_name }} as ingest using (property_id, day);

{{ merge_mart(by_name.rollup_reconciliation) }}

{{ merge_visits(
    by_name.sessions.relation_name, by_name.leads.relation_name, by_name.daily_hours.relation_name
) }}

update {{ by_name.daily_funnel.relation_name }} as funnel
set visitors = came.visitors
from footfall_came as came
cross join footfall_merge as moved
where
    funnel.property_id = moved.property_id
    and funnel.day = came.day;
    {% for mart in marts if mart.config.meta.get('keeps_restatements') %}
{{ merge_restatements(mart) }}
    {% endfor %}
-- Who came to either comes next to both: all later closed days of visitors may be other ones.
insert into {{ source('analytics_state', 'rollup_merged_days') }} (mart, property_id, day)
select
    marts.mart,
    named.property_id,
    named.day
from (
    select
        names.property_id,
        days.day
    from footfall_merge as moved
    cross join lateral (values (moved.alias), (moved.property_id), ('')) as names (property_id)
    cross join footfall_days_of_visits as days
    union
    select
        names.property_id,
        known.day
    from footfall_merge as moved
    inner join {{ by_name.visitor_days.relation_name }} as known
        on moved.property_id = known.property_id
    cross join lateral (values (moved.property_id), ('')) as names (property_id)
    where
        known.day < moved.held_from
        and known.day > (select min(days.day) from footfall_days as days)
) as named
cross join unnest({{ text_array(anew) }}) as marts (mart)
-- Lists of recency of all together have who came to two properties on one day there twice.
where
    named.property_id != ''
    or marts.mart = any({{ text_array(of_all) }})
on conflict do nothing;

update {{ aliases }} as aliases
set marts_moved_at = clock_timestamp()
from footfall_merge as moved
where aliases.alias = moved.alias;
{%- endset -%}
{%- set waiting -%}
select alias::text as alias
from {{ aliases }}
where
    is_merge
    and moved_at is not null
    and (
        marts_moved_at is null
        or marts_moved_at < (select max(created_at) from {{ source('raw', 'retention_purges') }})
    )
order by created_at
{%- endset -%}
{%- set names = run_query(waiting).columns[0].values() -%}
{%- set missing = [] -%}
{%- for mart in (marts if names else [])
    if not adapter.get_relation(mart.database, mart.schema, mart.alias) -%}
    {%- do missing.append(mart.name) -%}
{%- endfor -%}
{%- if missing and missing | length < marts | length -%}
    {% do exceptions.warn(
        'Days whose raw rows are purged are merged once there are all marts; ' ~ missing | join(', ')
        ~ ' is not there.'
    ) %}
{%- endif -%}
{%- for name in (names if not missing else []) -%}
    {% do run_query('begin') %}
    {# Against an erasure, as open_mart() does. #}
    {%- set locks -%}
insert into {{ source('analytics_state', 'rollup_locks') }} (name)
select 'mart.' || marts.name
from unnest({{ text_array(marts | map(attribute='name') | sort) }}) as marts (name)
on conflict (name) do update set name = excluded.name where false
    {%- endset -%}
    {% do run_query(locks) %}
    {% do run_query(prepare_merge(name, marts)) %}
    {% do run_query(statements) %}
    {%- set left -%}
select count(distinct rollups.day) as days
from {{ by_name.daily_metric_rollups.relation_name }} as rollups
inner join footfall_merge as moved on rollups.property_id = moved.alias
where rollups.day < moved.held_from
    {%- endset -%}
    {%- set days = run_query(left).rows[0][0] -%}
    {%- if days -%}
        {% do exceptions.warn(
            days ~ ' days of ' ~ name ~ ' keep that name: raw no longer holds them, and the marts do not '
            ~ 'say who came on them, so that visitors of both cannot be counted.'
        ) %}
    {%- endif -%}
    {% do run_query('commit') %}
{%- endfor -%}
{%- endmacro -%}
