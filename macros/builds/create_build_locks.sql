{# Two builds may want it at once, where there is nothing yet to lock: who comes second looks again. #}
{%- macro create_build_locks() -%}
{%- set locks = source('analytics_state', 'rollup_locks') -%}
do $$
begin
    while to_regclass('{{ locks }}') is null loop
        begin
            -- Asking for a schema that is there already would take the right to create one.
            if to_regnamespace('{{ locks.schema }}') is null then
                create schema {{ locks.schema }};
            end if;
            create table {{ locks }} (
                name text,
                constraint rollup_locks_pkey primary key (name)
            );
        exception
            when duplicate_schema or duplicate_table or unique_violation then
                perform pg_sleep(0.05);
        end;
    end loop;
end
$$
{%- endmacro -%}
