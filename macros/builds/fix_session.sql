{#
    What figures and days depend on, whatever server, role and environment say. In a transaction of its
    own, or a rollback would undo it; and it ends in a new one, because isolation is that of the start.
    dbt knows nothing of either: it goes on as if there had been one transaction. What builds make is of the
    coordinator of Citus alone; plain PostgreSQL does not know the setting.
#}
{%- macro fix_session() -%}
commit;
begin;
set timezone = 'UTC';
set datestyle = 'ISO, YMD';
set intervalstyle = 'postgres';
set standard_conforming_strings = on;
set extra_float_digits = 1;
set default_transaction_isolation = 'read committed';
set search_path = pg_catalog, pg_temp;
set citus.enable_ddl_propagation = off;
commit;
begin
{%- endmacro -%}
