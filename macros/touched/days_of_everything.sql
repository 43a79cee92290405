{# Of raw, and of a mart where one is given. #}
{%- macro days_of_everything(mart=none) -%}
{% if mart is not none -%}
select day from {{ mart }}
union
{% endif -%}
select distinct occurred_on as day from {{ source('raw', 'events') }}
union
select distinct occurred_on as day from {{ source('raw', 'form_submissions') }}
union
select occurred_on as day from {{ source('raw', 'ingest_rejections') }}
union
select occurred_on as day from {{ source('raw', 'ingest_duplicates') }}
{%- endmacro -%}
