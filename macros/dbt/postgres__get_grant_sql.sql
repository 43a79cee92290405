{# dbt's own writes names as they are, and a role such as anna.smith would stop the build. #}
{%- macro postgres__get_grant_sql(relation, privilege, grantees) -%}
    {%- set quoted = [] -%}
    {%- for grantee in grantees -%}
        {# Everybody is no name. #}
        {%- do quoted.append(grantee if grantee | lower == 'public' else adapter.quote(grantee)) -%}
    {%- endfor -%}
grant {{ privilege }} on {{ relation }} to {{ quoted | join(', ') }}
{%- endmacro -%}
