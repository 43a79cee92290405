{#
    PL/pgSQL that makes what says which properties a role may read: the table, and the function that row
    policies ask. The function looks with the rights of the owner, because nobody else reads the table. It
    answers only who may become the role that it is asked of, so nobody learns what others may read. Its text
    names no database, as a dump may be restored into one of another name.
#}
{%- macro keep_readers() -%}
{%- set readers = source('analytics_state', 'readers') -%}
if to_regclass('{{ readers }}') is null then
    create table {{ readers }} (
        role_name text,
        property_id text,
        granted_at timestamptz not null default now(),
        constraint readers_pkey primary key (role_name, property_id)
    );
    {% if is_production() -%}
    -- Whoever read marts before there were policies goes on to read every row.
    insert into {{ readers }} (role_name, property_id) values ('footfall_bi', '');
    {%- endif %}
end if;
create or replace function {{ target.schema }}.readable_properties(reader name) returns text[]
language plpgsql stable parallel safe security definer
set search_path = pg_catalog, pg_temp
as $readable$
begin
    if not pg_has_role(session_user, reader, 'member') then
        return '{}';
    end if;
    -- The owner, within a definer's function, is current_user. Reports are of every property.
    if reader = 'footfall_app' or pg_has_role(reader, current_user, 'usage') then
        return '{""}';
    end if;
    return coalesce((
        select array_agg(readers.property_id)
        from {{ readers.include(database=false) }} as readers
        -- A role that is gone is null here. To join the roles would take longer.
        where pg_has_role(reader, to_regrole(quote_ident(readers.role_name)), 'usage')
    ), '{}');
end
$readable$;
comment on function {{ target.schema }}.readable_properties(name) is
'The properties whose rows a role may read; an empty text among them stands for every row.';
grant execute on function {{ target.schema }}.readable_properties(name) to public;
{%- endmacro -%}
