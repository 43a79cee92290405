-- A week is the sum of its days, also where raw no longer holds them. Other tests compare days with
-- raw. Of weeks that a later build adds up there is nothing to say: they are read by day.
with

weeks as (
    select * from {{ ref('weekly_pages') }}
),

pages as (
    select
        *,
        day - extract(isodow from day)::integer + 1 as week
    from {{ ref('daily_pages') }}
),

days as (
    select
        property_id,
        week,
        path_key,
        sum(views) as views,
        sum(entrances) as entrances,
        sum(exits) as exits,
        sum(conversions) as conversions,
        sum(scroll_samples) as scroll_samples,
        sum(scroll_percent_sum) as scroll_percent_sum,
        case
            when bool_and(visitors is not null) then sum(visitors)
        end as visitor_days,
        case
            when bool_and(people is not null) then sum(people)
        end as people_days,
        case
            when bool_and(bots is not null) then sum(bots)
        end as bot_days,
        case
            when bool_and(people_views is not null) then sum(people_views)
        end as people_views,
        case
            when bool_and(people_entrances is not null) then sum(people_entrances)
        end as people_entrances,
        case
            when bool_and(people_exits is not null) then sum(people_exits)
        end as people_exits,
        case
            when bool_and(people_conversions is not null) then sum(people_conversions)
        end as people_conversions,
        case
            when bool_and(people_scroll_samples is not null) then sum(people_scroll_samples)
        end as people_scroll_samples,
        case
            when bool_and(people_scroll_percent_sum is not null) then sum(people_scroll_percent_sum)
        end as people_scroll_percent_sum
    from pages
    where week in (select weeks.week from weeks)
    group by
        property_id,
        week,
        path_key
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
        weeks.views,
        weeks.entrances,
        weeks.exits,
        weeks.conversions,
        weeks.scroll_samples,
        weeks.scroll_percent_sum,
        weeks.visitor_days,
        weeks.people_days,
        weeks.bot_days,
        weeks.people_views,
        weeks.people_entrances,
        weeks.people_exits,
        weeks.people_conversions,
        weeks.people_scroll_samples,
        weeks.people_scroll_percent_sum
    ) is distinct from (
        days.views,
        days.entrances,
        days.exits,
        days.conversions,
        days.scroll_samples,
        days.scroll_percent_sum,
        days.visitor_days,
        days.people_days,
        days.bot_days,
        days.people_views,
        days.people_entrances,
        days.people_exits,
        days.people_conversions,
        days.people_scroll_samples,
        days.people_scroll_percent_sum
    )
