{#
    Held until the transaction ends. A row, which only who may write it can lock: the names of advisory
    locks are everybody's. The condition holds for no row; a row in conflict is locked all the same.
#}
{%- macro take_build_lock(name) -%}
insert into {{ source('analytics_state', 'rollup_locks') }} (name)
values ('{{ name }}')
on conflict (name) do update set name = excluded.name where false
{%- endmacro -%}
