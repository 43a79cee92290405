with

recounted as (
    select series.day::date as day
    from
        generate_series(
            greatest(
                '{{ var("discrepancy_from", "0001-01-01") }}'::timestamp, '2000-01-01'
            ),
            least('{{ var("discrepancy_to", "9999-12-31") }}'::timestamp, '2049-12-31'),
            interval '1 day'
        ) as series (day)
)

{{ differences('calendar_days', ['day'], []) }}
