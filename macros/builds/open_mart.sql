{#
    The first of the transaction that writes a mart. The build's row stays locked in it, so that no other
    build can take over in the middle, and so does the mart's, against an erasure: a row, which only who
    may write it can lock, while the names of advisory locks are everybody's. The condition holds for no
    row; a row in conflict is locked all the same.
#}
{%- macro open_mart() -%}
    {%- if config.get('materialized') == 'incremental' and is_building() -%}
        {%- set is_running -%}
select 1 as is_running
from {{ source('analytics_state', 'rollup_builds') }}
where
    invocation_id = '{{ invocation_id }}'
    and ended_at is null
for share
        {%- endset -%}
        {%- if not run_query(is_running).rows -%}
            {{ exceptions.raise_compiler_error(
                'This build was not seen for a while, and another one has begun: '
                ~ 'run it again once that has ended.'
            ) }}
        {%- endif -%}
insert into {{ source('analytics_state', 'rollup_locks') }} (name)
values ('mart.{{ model.name }}')
on conflict (name) do update set name = excluded.name where false;
{# A day's sorts and hashes fit into far less; a first build's do not. #}
set local work_mem = '{{ var("work_mem") }}'
        {#- A mart that is made anew has no triggers yet: no week of before is known to be the sum of its days. -#}
        {%- for weeks in graph.nodes.values() if not is_incremental()
            and weeks.resource_type == 'model'
            and weeks.config.incremental_strategy == 'append'
            and model.unique_id in weeks.depends_on.nodes
            and adapter.get_relation(this.database, this.schema, weeks.alias) -%}
;
delete from {{ adapter.get_relation(this.database, this.schema, weeks.alias) }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
