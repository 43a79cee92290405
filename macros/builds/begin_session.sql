{#
    Before all else that a command does; its models fix the sessions of their own. A build by a role that
    may do more than the owner of the marts would run the triggers that the owner has put on them with its
    own rights. One that may do less fails by itself.
#}
{%- macro begin_session() -%}
    {%- if is_building() -%}
        {% do run_query(fix_session()) %}
        {%- set read_only -%}
select current_setting('transaction_read_only') as read_only
        {%- endset -%}
        {%- if run_query(read_only).columns[0].values()[0] == 'on' -%}
            {{ exceptions.raise_compiler_error(
                'The database takes no writes: it is a replica, or default_transaction_read_only is on'
                ~ ' for it or for this role.'
            ) }}
        {%- endif -%}
        {# From here on the hooks commit each statement, and say where one needs more than that. #}
        {% do run_query('commit') %}
        {%- set others -%}
select distinct pg_class.relowner::regrole::text as owner
from pg_class
inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
where
    pg_namespace.nspname = '{{ target.schema }}'
    and pg_class.relname = any({{ text_array(marts_by_day() | map(attribute='alias')) }})
    and pg_class.relowner != current_user::regrole
        {%- endset -%}
        {%- set owners = run_query(others).columns[0].values() -%}
        {%- if owners -%}
            {{ exceptions.raise_compiler_error(
                'The marts belong to ' ~ owners | join(', ') ~ ', and this build runs as '
                ~ target.user ~ ': connect as ' ~ owners[0] ~ '.'
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}
