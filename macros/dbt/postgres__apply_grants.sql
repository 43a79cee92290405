{#
    dbt's own, for those of the roles that exist: a database without any is built all the same. Who reads
    some properties reads what BI reads. What one builds beside production is for oneself. Runs in the
    transaction that makes the mart, so that nobody sees one that may not be read yet.
#}
{%- macro postgres__apply_grants(relation, grant_config, should_revoke=True) -%}
    {%- set grants = {} -%}
    {%- if grant_config and is_production() -%}
        {%- set roles = run_query('select rolname::text as role from pg_roles').columns[0].values() -%}
        {%- for privilege, wanted in grant_config.items() -%}
            {%- set known = wanted | select('in', roles) | list -%}
            {%- if 'footfall_bi' in wanted and is_building() -%}
                {%- set readers -%}
select distinct role_name as role from {{ source('analytics_state', 'readers') }}
                {%- endset -%}
                {%- for reader in run_query(readers).columns[0].values() if reader in roles and reader not in known -%}
                    {%- do known.append(reader) -%}
                {%- endfor -%}
            {%- endif -%}
            {%- if known -%}
                {%- do grants.update({privilege: known}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {% do dbt.default__apply_grants(relation, grants, should_revoke) %}
{%- endmacro -%}
