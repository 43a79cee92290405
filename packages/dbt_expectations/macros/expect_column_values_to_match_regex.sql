{# is_raw is for engines with raw strings; a PostgreSQL literal is one already. #}
{% test expect_column_values_to_match_regex(
    model, column_name, regex, row_condition=None, is_raw=False, flags=''
) %}
select *
from {{ model }}
where
    ({{ row_condition or 'true' }})
    -- A null matches nothing.
    and regexp_match({{ column_name }}, '{{ regex }}', '{{ flags }}') is null
{% endtest %}
