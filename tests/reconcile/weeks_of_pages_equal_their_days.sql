-- A week is the sum of its days, also where raw no longer holds them. Other tests compare days with raw.
{% set measures = {
    'views': 'views',
    'entrances': 'entrances',
    'exits': 'exits',
    'conversions': 'conversions',
    'scroll_samples': 'scroll_samples',
    'scroll_percent_sum': 'scroll_percent_sum',
    'visitor_days': 'visitors',
    'people_days': 'people',
    'bot_days': 'bots',
    'people_views': 'people_views',
    'people_entrances': 'people_entrances',
    'people_exits': 'people_exits',
    'people_conversions': 'people_conversions',
    'people_scroll_samples': 'people_scroll_samples',
    'people_scroll_percent_sum': 'people_scroll_percent_sum',
} %}

with

weeks as (
    select
        property_id,
        week,
        path_key,
        {% for name in measures -%}
        {{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('weekly_pages') }}
),

-- Of weeks that are there: those that a later build adds up are read by day.
days as (
    select
        pages.property_id,
        mondays.week,
        pages.path_key,
        {% for name, column in measures.items() -%}
        case when bool_and(pages.{{ column }} is not null) then sum(pages.{{ column }}) end
            as {{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('daily_pages') }} as pages
    cross join
        lateral (
            values (pages.day - extract(isodow from pages.day)::integer + 1)
        ) as mondays (week)
    where mondays.week in (select weeks.week from weeks)
    group by
        pages.property_id,
        mondays.week,
        pages.path_key
)

select
    property_id,
    week,
    path_key,
    to_jsonb(weeks) as of_week,
    to_jsonb(days) as of_days
from weeks
full join days using (property_id, week, path_key)
where
    (
        weeks.{{ measures | join(',\n        weeks.') }}
    ) is distinct from (
        days.{{ measures | join(',\n        days.') }}
    )
