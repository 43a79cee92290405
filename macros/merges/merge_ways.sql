{#
    How two rows of a mart, of the same key but for the property, become one: for each column that neither
    adds up over properties (`summable_over` of its YAML) nor is a set (an array). `kept` is the row of the
    property that stays and `gone` that of the other; `with` joins what prepare_merge() has counted.
    `adds` are columns that add up over two properties, in marts that have a row of all together as well.
    Marts that are made of marts alone need no way: they are made anew.
#}
{%- macro merge_ways() -%}
{%- set people = ['', 'people_'] -%}
{%- set by_day -%}
left join footfall_came as came on gone.day = came.day
left join footfall_landings as landings on gone.day = landings.day
left join footfall_captures as captures on gone.day = captures.day and captures.form_name = ''
{%- endset -%}
{%- set ways = {
    'daily_metric_rollups': {
        'with': by_day,
        'columns': {
            'unique_visitors': 'came.visitors',
            'returning_visitors': 'came.returning_visitors',
            'people_unique_visitors': 'came.people',
            'people_returning_visitors': 'came.returning_people',
            'new_leads': 'kept.new_leads + gone.new_leads - coalesce(captures.new_leads, 0)',
            'time_to_first_capture_sum_ms': 'kept.time_to_first_capture_sum_ms'
                ~ ' + gone.time_to_first_capture_sum_ms - coalesce(captures.time_to_capture_ms, 0)',
            'time_to_first_capture_count': 'kept.time_to_first_capture_count'
                ~ ' + gone.time_to_first_capture_count - coalesce(captures.new_leads, 0)',
            'top_landing_paths': "coalesce(landings.top_landing_paths, '[]'::jsonb)",
            'people_top_landing_paths': 'landings.people_top_landing_paths',
        },
    },
    'daily_ingest_rollups': {
        'with': 'left join footfall_measured as measured on gone.day = measured.day '
            ~ "left join footfall_captures as captures on gone.day = captures.day and captures.form_name = ''",
        'columns': {
            'leads_accepted': 'kept.leads_accepted + gone.leads_accepted - coalesce(captures.accepted, 0)',
            'leads_rejected': 'kept.leads_rejected + gone.leads_rejected - coalesce(captures.refused, 0)',
            'p95_ttfb_ms': 'case when measured.samples = kept.ttfb_samples + gone.ttfb_samples'
                ~ ' then measured.p95 end',
            'people_p95_ttfb_ms': 'case when measured.people_samples = kept.people_ttfb_samples'
                ~ ' + gone.people_ttfb_samples then measured.people_p95 end',
        },
    },
    'rollup_reconciliation': {
        'with': 'left join footfall_rollups as rollups on gone.day = rollups.day',
        'columns': {
            'rollup_value': value_of_measure('rollups.measures', 'kept.measure'),
            'raw_value': value_of_measure('rollups.measures', 'kept.measure')
                ~ ' - kept.difference - gone.difference',
            'difference': 'kept.difference + gone.difference',
            'status': "case when kept.difference + gone.difference = 0 then 'equal' else 'different' end",
            'checked_at': 'least(kept.checked_at, gone.checked_at)',
        },
    },
    'daily_breakdowns': {
        'with': 'inner join footfall_came_with as came_with on gone.day = came_with.day'
            ~ ' and gone.dimension = came_with.dimension and gone.value = came_with.value'
            ~ ' and gone.is_bot = came_with.is_bot',
        'columns': {'visitors': 'came_with.visitors'},
    },
    'daily_pages': {
        'with': 'left join footfall_saw as saw on gone.day = saw.day and gone.path_key = saw.path_key',
        'columns': {
            'path': 'kept.path',
            'visitors': 'saw.visitors',
            'people': 'saw.people',
            'bots': 'saw.bots',
            'entering_visitors': 'case when least(kept.entering_visitors, gone.entering_visitors) = 0'
                ~ ' or saw.visitors_of_both = 0 then kept.entering_visitors + gone.entering_visitors end',
            'entering_people': 'case when least(kept.entering_people, gone.entering_people) = 0'
                ~ ' or saw.people_of_both = 0 then kept.entering_people + gone.entering_people end',
            'median_engaged_ms': merged_median('median_engaged_ms', 'engaged_samples'),
            'people_median_engaged_ms':
                merged_median('people_median_engaged_ms', 'people_engaged_samples'),
            'mean_scroll_percent': '(kept.scroll_percent_sum + gone.scroll_percent_sum)'
                ~ ' / nullif(kept.scroll_samples + gone.scroll_samples, 0)',
        },
    },
    'daily_hours': {
        'with': 'left join footfall_hours as hours on gone.day = hours.day and gone.hour = hours.hour'
            ~ ' and gone.is_bot = hours.is_bot',
        'adds': ['page_views', 'conversions', 'sessions', 'bounces', 'engaged_ms'],
        'columns': {
            'visitors': 'kept.visitors + gone.visitors'
                ~ ' - case when hours.day is null then 0 else hours.visitors_of_both end',
            'visitors_once': 'kept.visitors_once + gone.visitors_once'
                ~ ' - case when hours.day is null then 0 else hours.visitors_of_both end',
        },
    },
    'daily_funnel': {
        'with': 'left join footfall_filled as filled on gone.day = filled.day'
            ~ ' and gone.form_name = filled.form_name'
            ~ ' left join footfall_captures as captures on gone.day = captures.day'
            ~ ' and gone.form_name = captures.form_name',
        'adds': ['form_starts', 'form_submits'],
        'columns': {
            'visitors': 'kept.visitors',
            'form_starters': 'coalesce(filled.starters, 0)',
            'form_submitters': 'coalesce(filled.submitters, 0)',
            'new_leads': 'kept.new_leads + gone.new_leads - coalesce(captures.new_leads, 0)',
        },
    },
    'daily_new_leads': {
        'with': "left join footfall_captures as captures on gone.day = captures.day and captures.form_name = ''",
        'columns': {
            'new_leads': 'kept.new_leads + gone.new_leads - coalesce(captures.new_leads, 0)',
            'time_to_first_capture_sum_ms': 'kept.time_to_first_capture_sum_ms'
                ~ ' + gone.time_to_first_capture_sum_ms - coalesce(captures.time_to_capture_ms, 0)',
        },
    },
    'web_vital_distributions': {
        'adds': ['samples'],
        'columns': {
            'measured_values': merged_histogram('measured_values', 'value_samples', 'step'),
            'value_samples': merged_histogram('measured_values', 'value_samples', 'samples'),
            'steps': merged_histogram('steps', 'step_samples', 'step'),
            'step_samples': merged_histogram('steps', 'step_samples', 'samples'),
        },
    },
    'visitor_forms': {},
    'visitor_days': {
        'columns': {
            'is_returning': 'kept.is_returning or gone.is_returning',
            'traffic_sources': '(' ~ merged_set('traffic_sources', 'text[]') ~ ')::text',
            'device_types': '(' ~ merged_set('device_types', 'text[]') ~ ')::text',
            'country_codes': '(' ~ merged_set('country_codes', 'text[]') ~ ')::text',
            'event_types': '(' ~ merged_set('event_types', 'text[]') ~ ')::text',
        },
    },
} -%}
{{ return(ways) }}
{%- endmacro -%}
