{#
    The end of a subquery that PostgreSQL is not to make one with what is around it: a look-up by an index,
    a value that is worked out once. Citus would bring its rows to the coordinator for it.
#}
{%- macro kept_apart() -%}
    {{ '' if is_distributed() else 'offset 0' }}
{%- endmacro -%}
