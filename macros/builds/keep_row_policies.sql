{#
    Statement that gives each table of the marts that names a property its row policy, where it has none:
    found in the catalog, so that no mart can be forgotten. It runs at the start of a build, and in the
    transaction that makes a mart anew. A row of several properties at once is for who may read them all.
    Whoever changes the policy gives it another name, so that tables of before get the new one.
#}
{%- macro keep_row_policies() -%}
{%- set policy = 'readers_1' -%}
do $footfall$
declare
    mart record;
    old record;
begin
    for mart in
        select
            pg_class.oid,
            bool_or(pg_attribute.attname = 'property_ids') as is_of_several
        from pg_class
        inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
        inner join pg_attribute on pg_class.oid = pg_attribute.attrelid
        where
            pg_namespace.nspname in ('{{ target.schema }}', '{{ target.schema }}_bi')
            and pg_class.relkind in ('r', 'p')
            and pg_class.relowner = current_user::regrole
            and pg_attribute.attname in ('property_id', 'property_ids')
            and pg_attribute.atttypid in ('text'::regtype, 'varchar'::regtype, 'text[]'::regtype)
            and not pg_attribute.attisdropped
        group by pg_class.oid
        having
            not pg_class.relrowsecurity
            or not exists (
                select from pg_policy
                where
                    pg_policy.polrelid = pg_class.oid
                    and pg_policy.polname = '{{ policy }}'
            )
    loop
        begin
            execute format('lock table %s in access exclusive mode', mart.oid::regclass);
        exception
            when lock_not_available then
                raise exception
                    'The mart % needs its row policy, and somebody who reads it has not ended the '
                    'transaction: run the build again once it has ended.', mart.oid::regclass;
        end;
        execute format('alter table %s enable row level security', mart.oid::regclass);
        for old in
            select polname from pg_policy
            where
                polrelid = mart.oid
                and polname like 'readers\_%'
        loop
            execute format('drop policy %I on %s', old.polname, mart.oid::regclass);
        end loop;
        execute format(
            'create policy {{ policy }} on %s for select using (%s)',
            mart.oid::regclass,
            case
                when mart.is_of_several then $condition${{ may_read_all() }}$condition$
                else $condition${{ may_read('property_id') }}$condition$
            end
        );
    end loop;
end
$footfall$
{%- endmacro -%}
