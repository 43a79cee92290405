{# One row for each event on a path, with its engagement where no later report of its page view counts. #}
{%- macro recounted_pages(mart) -%}
{%- set engaged_time, scroll_depth = var('engagement') -%}
select
        events.property_id::text as property_id,
        events.occurred_on as day,
        coalesce(events.page, events.path)::text as path,
        events.visitor_id,
        events.event_type,
        events.device_type <> 'bot' as is_person,
        events.is_entrance,
        events.is_exit,
        events.is_conversion,
        {% for measure, last, name in [
            (engaged_time, 'engaged', 'engaged_ms'), (scroll_depth, 'scrolled', 'scroll_percent')
        ] -%}
        case
            when events.view_id is null or events.dedupe_key = {{ last }}.dedupe_key
                then {{ recounted_number(measure.column, 'events.props') }}
        end as {{ name }}{{ ',' if not loop.last }}
        {% endfor -%}
    from {{ source('raw', 'events') }} as events
    {% for measure, last in [(engaged_time, 'engaged'), (scroll_depth, 'scrolled')] -%}
    left join (
        {{ recounted_last_reports(mart, [measure]) }}
    ) as {{ last }}
        on
            events.visitor_id = {{ last }}.visitor_id
            and events.view_id = {{ last }}.view_id
    {% endfor -%}
    where
        events.path is not null
        and {{ is_recounted(mart, 'events.occurred_on', 'events.created_at') }}
{%- endmacro -%}
