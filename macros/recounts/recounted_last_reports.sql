{#
    The last report of each measure of each page view, as far as the mart has counted: one row for a
    view and a key of props, with the dedupe key of the event that counts. Reports of before the days
    that are compared can be the last of nothing there.
#}
{%- macro recounted_last_reports(mart, measures) -%}
select distinct on (told.visitor_id, told.view_id, measures.key)
            told.visitor_id,
            told.view_id,
            measures.key,
            told.dedupe_key
        from {{ source('raw', 'events') }} as told
        cross join (
            values
            {% for measure in measures -%}
            ('{{ measure.key }}', {{ measure.most }}){{ ',' if not loop.last }}
            {% endfor -%}
        ) as measures (key, most)
        where
            told.view_id is not null
            and told.occurred_on >= '{{ var("discrepancy_from", "0001-01-01") }}'::date
            and told.created_at < {{ counted_through(mart) }}
            and case
                when jsonb_typeof(told.props -> measures.key) = 'number'
                    then (told.props -> measures.key)::numeric between 0 and measures.most
            end
        order by
            told.visitor_id asc,
            told.view_id asc,
            measures.key asc,
            told."timestamp" desc,
            told.dedupe_key collate "C" desc
{%- endmacro -%}
