{#
    PL/pgSQL that gives a view this query, and the option that is named. Replacing shuts out whoever reads
    the view, and waits for them: so it is done only where one of the two is another. Where the columns
    are others too, the view has to go with all that reads it.
#}
{%- macro replace_view(view, query, option=none) -%}
{%- set with_option = 'with (' ~ option ~ ') ' if option else '' -%}
create temporary view footfall_wanted as
{{ query }};
if pg_get_viewdef('pg_temp.footfall_wanted'::regclass)
    is distinct from pg_get_viewdef(to_regclass('{{ view }}'))
    or (
        select array_to_string(reloptions, ',') from pg_class where oid = to_regclass('{{ view }}')
    ) is distinct from {{ "'" ~ option ~ "=true'" if option else 'null' }}
then
    begin
        set local lock_timeout = '10s';
        begin
            create or replace view {{ view }} {{ with_option }}as
            {{ query }};
        exception
            when invalid_table_definition or datatype_mismatch or wrong_object_type then
                drop view if exists {{ view }} cascade;
                create view {{ view }} {{ with_option }}as
                {{ query }};
        end;
    exception
        when lock_not_available then
            raise exception
                'The view {{ view.identifier }} has another query now, and somebody who reads it has '
                'not ended the transaction: run the build again once it has ended.';
    end;
end if;
drop view pg_temp.footfall_wanted;
{%- endmacro -%}
