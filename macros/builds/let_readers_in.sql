{# Statement that lets those who may read anything use the schemas of what they read. #}
{%- macro let_readers_in() -%}
do $footfall$
declare
    missing record;
begin
    for missing in
        select distinct
            pg_namespace.nspname as schema_name,
            pg_roles.rolname as role_name
        from {{ source('analytics_state', 'readers') }} as readers
        inner join pg_roles on readers.role_name = pg_roles.rolname
        cross join pg_namespace
        where
            pg_namespace.nspname in ('{{ target.schema }}', '{{ target.schema }}_bi')
            and pg_namespace.nspowner = current_user::regrole
            and not has_schema_privilege(pg_roles.oid, pg_namespace.oid, 'usage')
    loop
        execute format('grant usage on schema %I to %I', missing.schema_name, missing.role_name);
    end loop;
end
$footfall$
{%- endmacro -%}
