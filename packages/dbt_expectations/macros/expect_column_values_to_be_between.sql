{% test expect_column_values_to_be_between(
    model, column_name, min_value=None, max_value=None, row_condition=None, strictly=False
) %}
{%- if min_value is none and max_value is none -%}
    {{ exceptions.raise_compiler_error('expect_column_values_to_be_between needs min_value, max_value or both.') }}
{%- endif %}
select *
from {{ model }}
where
    ({{ row_condition or 'true' }})
    and (
        false
        {%- if min_value is not none %}
        or {{ column_name }} {{ '<=' if strictly else '<' }} {{ min_value }}
        {%- endif %}
        {%- if max_value is not none %}
        or {{ column_name }} {{ '>=' if strictly else '>' }} {{ max_value }}
        {%- endif %}
    )
{% endtest %}
