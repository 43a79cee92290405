{#
    Gives rows of what dbt has built the name that a property has now, by column names, so that a later
    mart is met too. Only of tables that are the role's own, and have no trigger of others: their code
    would run with its rights. Of a rename every row is moved, but for one whose day a build has counted
    under the new name already: the next build replaces it. Of a merge the days that raw holds are left
    to the next build. `footfall property` runs it as well, by rendering this file.
#}
{%- macro move_properties(marts_schema) -%}
do $footfall$
declare
    moved record;
    place record;
    changed bigint;
    moved_rows bigint := 0;
    is_done boolean := true;
begin
    if not exists (
        select from {{ source('raw', 'property_aliases') }}
        where
            moved_at is not null
            and marts_moved_at is null
            and not is_merge
    ) then
        return;
    end if;
    create temporary table footfall_named on commit drop as
    select
        pg_class.relname as name,
        format('%I.%I', pg_namespace.nspname, pg_class.relname) as place,
        bool_or(pg_attribute.attname = 'property_ids') as has_list,
        (
            select string_agg(format('known.%1$I = old.%1$I', keys.attname), ' and ')
            from pg_index
            inner join pg_attribute as keys
                on
                    pg_index.indrelid = keys.attrelid
                    and keys.attnum = any(pg_index.indkey)
            where
                pg_index.indrelid = pg_class.oid
                and pg_index.indisprimary
                and keys.attname != 'property_id'
        ) as same_key,
        coalesce((
            select bool_or(keys.attname = 'property_id')
            from pg_index
            inner join pg_attribute as keys
                on
                    pg_index.indrelid = keys.attrelid
                    and keys.attnum = any(pg_index.indkey)
            where
                pg_index.indrelid = pg_class.oid
                and pg_index.indisprimary
        ), false) as is_key,
        pg_class.relowner = current_user::regrole and not exists (
            select from pg_trigger
            inner join pg_proc on pg_trigger.tgfoid = pg_proc.oid
            where
                pg_trigger.tgrelid = pg_class.oid
                and not pg_trigger.tgisinternal
                and pg_proc.proowner != pg_class.relowner
        ) as is_ours
    from pg_class
    inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
    inner join pg_attribute on pg_class.oid = pg_attribute.attrelid
    where
        pg_namespace.nspname in ('{{ marts_schema }}', '{{ marts_schema }}_state')
        and pg_class.relkind in ('r', 'p')
        and pg_attribute.attname in ('property_id', 'property_ids')
        and not pg_attribute.attisdropped
    group by
        pg_class.oid,
        pg_namespace.nspname
    having bool_or(pg_attribute.attname = 'property_id');

    for moved in
        select
            alias::text as alias,
            property_id::text as property_id
        from {{ source('raw', 'property_aliases') }}
        where
            moved_at is not null
            and marts_moved_at is null
            and not is_merge
        order by created_at
    loop
        for place in select * from footfall_named order by name loop
            if not place.is_ours then
                is_done := false;
                continue;
            end if;
            execute format(
                'update %1$s as old set property_id = $1 where property_id = $2%2$s',
                place.place,
                case
                    when place.is_key then format(
                        ' and not exists (select from %s as known where known.property_id = $1%s)',
                        place.place, ' and ' || place.same_key
                    )
                end
            ) using moved.property_id, moved.alias;
            get diagnostics changed = row_count;
            moved_rows := moved_rows + changed;
            if place.has_list then
                execute format(
                    'update %s set property_ids = array('
                    'select distinct name collate "C" '
                    'from unnest(array_replace(property_ids, $2, $1)) as names (name) order by 1'
                    ') where $2 = any(property_ids)',
                    place.place
                ) using moved.property_id, moved.alias;
            end if;
        end loop;
        if is_done then
            update {{ source('raw', 'property_aliases') }} set marts_moved_at = clock_timestamp()
            where alias = moved.alias;
        end if;
    end loop;
    drop table footfall_named;
    perform set_config('footfall.moved_rows', moved_rows::text, true);
end
$footfall$
{%- endmacro -%}
