{#
    dbt's own, for those of the roles that exist: a database without any is built all the same. Who reads
    some properties reads what BI reads. What one builds beside production is for oneself. Runs in the
    transaction that makes the mart, so that nobody sees one that may not be read yet.
#}
{%- macro postgres__apply_grants(relation, grant_config, should_revoke=True) -%}
    {%- set grants = {} -%}
    {%- if grant_config and is_production() -%}
        {%- set query -%}
select
    rolname::text as role,
    {% if is_building() -%}
    rolname in (select role_name from {{ source('analytics_state', 'readers') }})
    {%- else -%}
    false
    {%- endif %} as is_reader
from pg_roles
        {%- endset -%}
        {%- set roles = asked_once(query) -%}
        {%- for privilege, wanted in grant_config.items() -%}
            {%- set known = [] -%}
            {%- for role, is_reader in roles
                if role in wanted or (is_reader and 'footfall_bi' in wanted) -%}
                {%- do known.append(role) -%}
            {%- endfor -%}
            {%- if known -%}
                {%- do grants.update({privilege: known}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {% do dbt.default__apply_grants(relation, grants, should_revoke) %}
{%- endmacro -%}
