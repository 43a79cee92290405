{#
    What a build has fixed it owes, until the transaction that replaces the days of a mart; should it
    fail or die, the next one finds them here. It takes over what others owe: who has fixed the days
    last, pays. Locked, so that two builds do not wait for each other's rows in two orders.
#}
{%- macro owe_touched_days() -%}
{%- set owed = source('analytics_state', 'rollup_owed_days') -%}
lock table {{ owed }} in share row exclusive mode;
delete from {{ owed }}
where day < (select held_from from {{ source('analytics_state', 'raw_horizon') }});
insert into {{ owed }} as owed (mart, day, is_recount, invocation_id)
select mart, day, is_recount, invocation_id
from {{ source('analytics_state', 'rollup_touched_days') }}
where invocation_id = '{{ invocation_id }}'
on conflict (mart, day) do update
set
    is_recount = owed.is_recount or excluded.is_recount,
    invocation_id = excluded.invocation_id
{%- endmacro -%}
