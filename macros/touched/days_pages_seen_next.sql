{# As days_visited_next(), of the pages that the new events are of. #}
{%- macro days_pages_seen_next(watermark, recounted_from) -%}
{{ days_visited_next(
    watermark,
    recounted_from,
    {'page': [
        'case when path is not null then ' ~ text_key(['coalesce(page, path)::text']) ~ ' end',
        'known.path_keys'
    ]}
) }}
{%- endmacro -%}
