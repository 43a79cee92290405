{# Those whose day before lies in the window: all, less those whose day before lies before its first. #}
{%- macro counted_again(recency, first_day) -%}
sum(
    {{ recency }}.visitors_up_to[cardinality({{ recency }}.previous_days)]
    - coalesce(
        {{ recency }}.visitors_up_to[width_bucket({{ first_day }} - 1, {{ recency }}.previous_days)],
        0
    )
)
{%- endmacro -%}
