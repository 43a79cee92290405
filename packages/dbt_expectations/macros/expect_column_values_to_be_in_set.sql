{% test expect_column_values_to_be_in_set(
    model, column_name, value_set, quote_values=True, row_condition=None
) %}
select *
from {{ model }}
where
    ({{ row_condition or 'true' }})
    -- A null is in no set.
    and (
        {%- for value in value_set %}
        {{ column_name }} = {{ "'" ~ value ~ "'" if quote_values else value }} or
        {%- endfor %}
        false
    ) is not true
{% endtest %}
