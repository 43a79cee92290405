{#
    A build by a role that may do more than the owner of the marts would run the triggers that the owner
    has put on them with its own rights. One that may do less fails by itself.
#}
{%- macro refuse_marts_of_others() -%}
    {%- set owners = run_query(
        "select distinct pg_class.relowner::regrole::text as owner from pg_class"
        ~ " inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid"
        ~ " where pg_namespace.nspname = '" ~ target.schema ~ "'"
        ~ " and pg_class.relname in ('"
        ~ marts_by_day() | map(attribute='alias') | join("', '") ~ "')"
        ~ " and pg_class.relowner != current_user::regrole"
    ).columns[0].values() -%}
    {%- if owners -%}
        {{ exceptions.raise_compiler_error(
            'The marts belong to ' ~ owners | join(', ') ~ ', and this build runs as '
            ~ target.user ~ ': connect as ' ~ owners[0] ~ '.'
        ) }}
    {%- endif -%}
{%- endmacro -%}
