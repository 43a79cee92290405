{#
    Takes the visitors who were erased out of what dbt has built: one other id in all marts, so that
    counts of people stay exact, another for each session, and no stored failure. By column names, so
    that a later mart is met too, and that of a table which an interrupted build left behind.
    Only of tables that are the role's own, and have no trigger of others: their code would run with
    its rights. `footfall erase` runs it as well, by rendering this file.
#}
{%- macro forget_erased(marts_schema) -%}
do $footfall$
declare
    erasure record;
    place record;
    other_id uuid;
    salt uuid;
    changed bigint;
    forgotten bigint := 0;
    is_done boolean := true;
begin
    if not exists (select from {{ source('raw', 'erasures') }} where visitor_id is not null) then
        return;
    end if;
    create temporary table footfall_places on commit drop as
    select
        pg_class.relname as name,
        format('%I.%I', pg_namespace.nspname, pg_class.relname) as place,
        pg_namespace.nspname = '{{ marts_schema }}_failures' as is_failures,
        bool_or(pg_attribute.attname = 'visitor_id') as has_visitors,
        bool_or(pg_attribute.attname = 'session_id') as has_sessions,
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
        pg_namespace.nspname in (
            '{{ marts_schema }}',
            '{{ marts_schema }}_staging',
            '{{ marts_schema }}_state',
            '{{ marts_schema }}_failures'
        )
        and pg_class.relkind in ('r', 'p')
        and not pg_attribute.attisdropped
    group by
        pg_class.oid,
        pg_namespace.nspname;

    -- The lock of a build on the mart: what it has counted by now would put the visitor back in.
    -- Without the table of locks no build runs that would.
    if to_regclass('{{ source('analytics_state', 'rollup_locks') }}') is not null then
        for place in select * from footfall_places where has_visitors order by name loop
            insert into {{ source('analytics_state', 'rollup_locks') }} (name)
            values ('mart.' || place.name)
            on conflict (name) do update set name = excluded.name where false;
        end loop;
    end if;

    for erasure in
        select distinct visitor_id from {{ source('raw', 'erasures') }}
        where visitor_id is not null
    loop
        other_id := gen_random_uuid();
        -- What was one session stays one, in whichever rows: a hash of its id and of what nobody keeps.
        salt := gen_random_uuid();
        for place in select * from footfall_places where has_visitors and not is_failures loop
            if place.is_ours then
                execute format(
                    'update %s set visitor_id = $1%s where visitor_id = $2',
                    place.place,
                    case
                        when place.has_sessions
                            then
                                ', session_id = substr(encode(sha256(convert_to($3::text || '
                                'session_id::text, ''UTF8'')), ''hex''), 1, 32)::uuid'
                    end
                ) using other_id, erasure.visitor_id, salt;
                get diagnostics changed = row_count;
                forgotten := forgotten + changed;
            else
                is_done := false;
            end if;
        end loop;
        -- Rows that failed a test may name a person in any column. The next tests store theirs anew.
        for place in select * from footfall_places where is_failures loop
            if place.is_ours then
                execute format('drop table if exists %s cascade', place.place);
            else
                is_done := false;
            end if;
        end loop;
        if is_done then
            update {{ source('raw', 'erasures') }} set visitor_id = null
            where visitor_id = erasure.visitor_id;
        end if;
    end loop;
    drop table footfall_places;
    perform set_config('footfall.forgotten_rows', forgotten::text, true);
end
$footfall$
{%- endmacro -%}
