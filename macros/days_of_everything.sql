{%- macro days_of_everything(mart) -%}
select day from {{ mart }}
union
select occurred_on as day from {{ source('raw', 'events') }}
union
select {{ utc_day('captured_at') }} as day from {{ source('raw', 'form_submissions') }}
union
select {{ utc_day('occurred_at') }} as day from {{ source('raw', 'ingest_rejections') }}
union
select occurred_on as day from {{ source('raw', 'ingest_duplicates') }}
{%- endmacro -%}
