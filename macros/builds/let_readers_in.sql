{#
    Statement that lets those who may read anything into the schemas, and into marts that stand there from
    before: a role may be younger than they are, and a build grants only what it makes.
#}
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
    for missing in
        select distinct
            pg_class.oid::regclass as relation,
            pg_roles.rolname as role_name
        from {{ source('analytics_state', 'readers') }} as readers
        inner join pg_roles on readers.role_name = pg_roles.rolname
        cross join pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        where
            pg_namespace.nspname in ('{{ target.schema }}', '{{ target.schema }}_bi')
            and pg_class.relowner = current_user::regrole
            and (
                pg_class.relrowsecurity
                or pg_class.reloptions && '{security_invoker=true,security_barrier=true}'::text[]
            )
            and not has_table_privilege(pg_roles.oid, pg_class.oid, 'select')
    loop
        execute format('grant select on %s to %I', missing.relation, missing.role_name);
    end loop;
end
$footfall$
{%- endmacro -%}
