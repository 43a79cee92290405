{#
    Rows of sessions, by property, for the days that are compared. Visits of before are counted with them, for
    visit_recency needs these: so all of it is counted once.
#}
{%- macro recounted_sessions(mart) -%}
select *
    from ({{ recounted_visits(mart) }}) as visits
    where
        day between '{{ var("discrepancy_from", "0001-01-01") }}'::date
        and '{{ var("discrepancy_to", "9999-12-31") }}'::date
{%- endmacro -%}
