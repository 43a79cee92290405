{# Before all else that a command does; its models fix the sessions of their own. #}
{%- macro begin_session() -%}
    {%- if is_building() -%}
        {% do run_query(fix_session()) %}
        {%- if run_query(
            "select current_setting('transaction_read_only')"
        ).columns[0].values()[0] == 'on' -%}
            {{ exceptions.raise_compiler_error(
                'The database takes no writes: it is a replica, or default_transaction_read_only is on'
                ~ ' for it or for this role.'
            ) }}
        {%- endif -%}
        {# From here on the hooks commit each statement, and say where one needs more than that. #}
        {% do run_query('commit') %}
    {%- endif -%}
{%- endmacro -%}
