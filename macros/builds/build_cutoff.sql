{# Rendered before the model's hooks fix its session: the text depends on no setting. #}
{%- macro build_cutoff() -%}
    {%- if is_building() -%}
        {%- set query -%}
select to_char(cutoff at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as cutoff_text
from {{ source('analytics_state', 'rollup_builds') }}
where invocation_id = '{{ invocation_id }}'
        {%- endset -%}
        {%- set cutoffs = asked_once(query) -%}
        {%- if not cutoffs -%}
            {{ exceptions.raise_compiler_error(
                'This build has no cutoff: did the hook open_build() run?'
            ) }}
        {%- endif -%}
        '{{ cutoffs[0][0] }}+00'::timestamptz
    {%- else -%}
        now()
    {%- endif -%}
{%- endmacro -%}
