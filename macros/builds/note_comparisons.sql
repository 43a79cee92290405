{#
    Remembers of each mart whether it was compared with raw since it was last written, and whether it was
    equal. Tests with the tag `compares_with_raw` do that. A mart was compared when all of them that read
    it have run; it differs when one of them fails.
#}
{%- macro note_comparisons(results) -%}
    {%- if execute and flags.WHICH in ('build', 'test') -%}
        {%- set statuses = {} -%}
        {%- for result in results -%}
            {%- do statuses.update({result.node.unique_id: result.status | string}) -%}
        {%- endfor -%}
        {%- set by_mart = {} -%}
        {%- for node in graph.nodes.values() if 'compares_with_raw' in node.tags -%}
            {%- for mart in marts_looked_at(node) -%}
                {%- do by_mart.setdefault(mart, []).append(statuses.get(node.unique_id, 'not run')) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- set equal = [] -%}
        {%- set different = [] -%}
        {%- for mart, found in by_mart.items() -%}
            {%- if 'fail' in found or 'warn' in found -%}
                {%- do different.append(mart) -%}
            {%- elif found | unique | list == ['pass'] -%}
                {%- do equal.append(mart) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if equal or different -%}
            {%- set note -%}
update {{ source('analytics_state', 'rollup_watermarks') }}
set
    compared_at = clock_timestamp(),
    is_equal = mart != all({{ text_array(different) }})
where
    mart = any({{ text_array(equal + different) }})
    -- Not what another build has written since the tests of this one looked.
    and (
        invocation_id = '{{ invocation_id }}'
        or built_at < '{{ run_started_at }}'::timestamptz
    )
            {%- endset -%}
            {% do run_query(note) %}
            {% do run_query('commit') %}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}
