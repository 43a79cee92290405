{% test expect_compound_columns_to_be_unique(
    model,
    column_list,
    quote_columns=False,
    ignore_row_if='all_values_are_missing',
    row_condition=None
) %}
{%- if not column_list -%}
    {{ exceptions.raise_compiler_error('expect_compound_columns_to_be_unique needs a column_list.') }}
{%- endif -%}
{%- set columns = [] -%}
{%- for column in column_list -%}
    {%- do columns.append(adapter.quote(column) if quote_columns else column) -%}
{%- endfor -%}
{%- if ignore_row_if == 'all_values_are_missing' -%}
    {%- set counts = columns | join(' is not null or ') ~ ' is not null' -%}
{%- elif ignore_row_if == 'any_value_is_missing' -%}
    {%- set counts = columns | join(' is not null and ') ~ ' is not null' -%}
{%- elif ignore_row_if == 'never' -%}
    {%- set counts = 'true' -%}
{%- else -%}
    {{ exceptions.raise_compiler_error(
        'ignore_row_if is all_values_are_missing, any_value_is_missing or never, not '
        ~ ignore_row_if ~ '.'
    ) }}
{%- endif %}
select
    {{ columns | join(', ') }},
    count(*) as n_records
from {{ model }}
where
    ({{ row_condition or 'true' }})
    and ({{ counts }})
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
