{#
    Writes down by how much a merge moved the measures of closed days, of both names, as a build does it of
    days that raw holds (note_restatements()). Counted between the tables of before and the mart.
#}
{%- macro merge_restatements(node) -%}
insert into {{ source('analytics_state', 'rollup_restatements') }} (
    mart, property_id, day, measure, restated_at, published_at, late_rows, value_before, value_after
)
select
    '{{ node.name }}',
    property_id,
    day,
    measures.measure,
    builds.cutoff,
    coalesce(before.generated_at, after.generated_at),
    0,
    measures.value_before,
    measures.value_after
from footfall_before_{{ node.name }} as before
full join (
    select known.*
    from {{ node.relation_name }} as known
    inner join footfall_merge as moved using (property_id)
    where known.day in (select days.day from footfall_days as days)
) as after using (property_id, day)
cross join {{ source('analytics_state', 'rollup_builds') }} as builds
cross join
    lateral (
        values
        {%- for column in node.columns.values() if column.data_type in ('bigint', 'integer') %}
        ('{{ column.name }}', before.{{ column.name }}::numeric, after.{{ column.name }}::numeric)
        {{- ',' if not loop.last }}
        {%- endfor %}
    ) as measures (measure, value_before, value_after)
where
    builds.invocation_id = '{{ invocation_id }}'
    and measures.value_before is distinct from measures.value_after
on conflict do nothing;
{%- endmacro -%}
