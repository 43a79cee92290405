{{ config(incremental_strategy='append', pre_hook="{{ keep_weeks(ref('daily_pages')) }}") }}

with

known as (
    select
        date_trunc('week', min(day)::timestamp) as first_week,
        date_trunc('week', max(day)::timestamp) as last_week
    from {{ ref('daily_pages') }}
),

-- The last week goes on: nearly every build would count it again, and few windows have all of it.
weeks as (
    select mondays.week::date as week
    from known
    cross join
        lateral generate_series(
            known.first_week, known.last_week - interval '1 week', interval '1 week'
        ) as mondays (week)
    {% if is_incremental() %}
    where
        not exists (
            select from {{ this }} as summed
            where summed.week = mondays.week::date
        )
    {% endif %}
),

days as (
    select
        *,
        date_trunc('week', day::timestamp)::date as week
    from {{ ref('daily_pages') }}
    where
        day < (select known.last_week from known)
        {% if is_incremental() %}
        -- As an array, by which few days are looked up.
        and day = any(array(
            select weeks.week + numbers.number
            from weeks
            cross join generate_series(0, 6) as numbers (number)
        ))
        {% endif %}
),

-- What nobody knows of a day, nobody knows of its week.
pages as (
    select
        property_id,
        week,
        path_key,
        min(path) as path,
        sum(views)::integer as views,
        sum(entrances)::integer as entrances,
        sum(exits)::integer as exits,
        sum(conversions)::integer as conversions,
        sum(scroll_samples)::integer as scroll_samples,
        sum(scroll_percent_sum) as scroll_percent_sum,
        {% for name, column in {
            'visitor_days': 'visitors',
            'people_days': 'people',
            'bot_days': 'bots',
            'people_views': 'people_views',
            'people_entrances': 'people_entrances',
            'people_exits': 'people_exits',
            'people_conversions': 'people_conversions',
            'people_scroll_samples': 'people_scroll_samples',
        }.items() -%}
        case when count({{ column }}) = count(*) then sum({{ column }}) end::integer as {{ name }},
        {% endfor -%}
        case
            when count(people_scroll_percent_sum) = count(*) then sum(people_scroll_percent_sum)
        end as people_scroll_percent_sum,
        {{ build_cutoff() }} as generated_at
    from days
    group by
        property_id,
        week,
        path_key
)

-- In this order, so that a report of one property reads few blocks.
select * from pages
order by
    property_id asc,
    week asc
