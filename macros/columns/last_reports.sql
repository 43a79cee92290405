{#
    Columns and measures of the events of the days to count. A page view may report a measure more than
    once: only the last report has it here, and the earlier ones have null. A later report may lie on a
    day that is not counted now. Those are looked up view by view, by the index, and are no rows here.
    Events that name no view, or measure nothing, take the first branch, which looks no further.
#}
{%- macro last_reports(columns, measures) -%}
{%- set is_report -%}
view_id is not null
            and coalesce({{ measures | join(', ') }}) is not null
{%- endset -%}
{%- set is_counted -%}
received_at < {{ build_cutoff() }}
            {% if is_incremental() %}
            and day in ({{ touched_days() }})
            {%- endif %}
{%- endset -%}
select
        {{ (columns + measures) | join(',\n        ') }}
    from {{ ref('stg_web__events') }}
    where
        not ({{ is_report }})
        and {{ is_counted }}
    union all
    select
        {{ (columns + measures) | join(',\n        ') }}
    from (
        select
            {{ columns | join(',\n            ') }},
            {% for measure in measures -%}
            case when count({{ measure }}) over later = 0 then {{ measure }} end as {{ measure }},
            {% endfor -%}
            is_counted
        from (
            select
                {{ (columns + measures) | join(',\n                ') }},
                visitor_id,
                view_id,
                occurred_at,
                dedupe_key,
                true as is_counted
            from {{ ref('stg_web__events') }}
            where
                {{ is_report }}
                and {{ is_counted }}
            {% if is_incremental() %}
            union all
            select
                {% for column in columns + measures -%}
                known.{{ column }},
                {% endfor -%}
                known.visitor_id,
                known.view_id,
                known.occurred_at,
                known.dedupe_key,
                false as is_counted
            from (
                select
                    visitor_id,
                    view_id,
                    min(day) as first_day
                from {{ ref('stg_web__events') }}
                where
                    {{ is_report }}
                    and {{ is_counted }}
                group by
                    visitor_id,
                    view_id
            ) as views
            cross join
                lateral (
                    select later.*
                    from {{ ref('stg_web__events') }} as later
                    where
                        later.visitor_id = views.visitor_id
                        and later.view_id = views.view_id
                        and later.day > views.first_day
                        and later.day not in ({{ touched_days() }})
                        and later.received_at < {{ build_cutoff() }}
                    offset 0
                ) as known
            {% endif %}
        ) as reports
        window later as (
            partition by visitor_id, view_id
            order by occurred_at desc, dedupe_key collate "C" desc
            rows between unbounded preceding and 1 preceding
        )
    ) as told
    where is_counted
{%- endmacro -%}
