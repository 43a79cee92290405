{#
    The last report of each measure of each page view, as far as the mart has counted: one row for a
    view and a key of props, with the dedupe key of the event that counts. Reports of before the days
    that are compared can be the last of nothing there.
#}
{%- macro recounted_last_reports(mart, measures) -%}
select distinct on (events.visitor_id, events.view_id, measures.key)
            events.visitor_id,
            events.view_id,
            measures.key,
            events.dedupe_key
        from {{ source('raw', 'events') }} as events
        cross join (
            values
            {% for measure in measures -%}
            ('{{ measure.key }}', {{ measure.most }}){{ ',' if not loop.last }}
            {% endfor -%}
        ) as measures (key, most)
        where
            events.view_id is not null
            and events.occurred_on >= '{{ var("discrepancy_from", "0001-01-01") }}'::date
            and events.created_at < {{ counted_through(mart) }}
            and case
                when jsonb_typeof(events.props -> measures.key) = 'number'
                    then (events.props -> measures.key)::numeric between 0 and measures.most
            end
        order by
            events.visitor_id asc,
            events.view_id asc,
            measures.key asc,
            events."timestamp" desc,
            events.dedupe_key collate "C" desc
{%- endmacro -%}
