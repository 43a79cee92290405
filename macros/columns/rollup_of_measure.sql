{# A measure is named by its column, which of people has a prefix, and an entry of a breakdown behind a dot. #}
{%- macro rollup_of_measure(measure) -%}
case
                when replace(split_part({{ measure }}, '.', 1), 'people_', '') in (
                    'events_accepted', 'events_duplicate', 'events_rejected', 'leads_accepted',
                    'leads_rejected', 'p95_ttfb_ms', 'ttfb_samples', 'error_breakdown'
                ) then 'daily_ingest_rollups'
                else 'daily_metric_rollups'
            end
{%- endmacro -%}
