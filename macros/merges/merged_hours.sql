{#
    How many visitors were on both properties in an hour, into footfall_hours. A visit has an event in the
    hour in which it began, and in that in which it ended; of those in between, and where the clocks are not
    known to be those of UTC of the end too, nobody knows. Hours that may count, and do not for certain,
    have null. Nor does anybody know it of who was a bot and a person on that day.
#}
{%- macro merged_hours(sessions) -%}
create temporary table footfall_hours on commit drop as
with

-- Whoever was on both on a day.
shared as (
    select
        visitor_id,
        day,
        bool_or(is_bot) as is_bot,
        bool_or(is_bot) and bool_or(not is_bot) as is_mixed
    from footfall_visitor_days
    group by
        visitor_id,
        day
    having count(distinct property_id) = 2
),

-- Hours are counted on from the first of a visit's day: those after midnight are of the next.
spans as (
    select
        visits.visitor_id,
        visits.property_id,
        visits.day,
        visits.started_hour as first_hour,
        visits.started_hour + case
            when visits.started_hour != extract(hour from visits.started_at at time zone 'UTC')
                then
                    case when visits.duration_ms > 0 then visits.duration_ms / 3600000 + 2 else 0 end
            else
                (
                    extract(epoch from date_trunc('hour', visits.ended_at at time zone 'UTC'))
                    - extract(epoch from date_trunc('hour', visits.started_at at time zone 'UTC'))
                ) / 3600
        end::integer as last_hour,
        visits.started_hour = extract(hour from visits.started_at at time zone 'UTC') as is_utc
    from (
        select distinct visitor_id
        from shared
    ) as visitors
    inner join {{ sessions }} as visits
        on visitors.visitor_id = visits.visitor_id
    inner join footfall_merge as moved
        on visits.property_id in (moved.alias, moved.property_id)
),

hours as (
    select
        shared.visitor_id,
        shared.day,
        hours.hour % 24 as hour,
        shared.is_bot,
        shared.is_mixed,
        spans.property_id,
        not shared.is_mixed
        and bool_or(
            hours.hour = spans.first_hour
            or (spans.is_utc and hours.hour = spans.last_hour)
        ) as is_certain
    from spans
    cross join lateral generate_series(spans.first_hour, spans.last_hour) as hours (hour)
    inner join shared
        on
            spans.visitor_id = shared.visitor_id
            and spans.day + hours.hour / 24 = shared.day
    group by
        shared.visitor_id,
        shared.day,
        hours.hour % 24,
        shared.is_bot,
        shared.is_mixed,
        spans.property_id
),

of_both as (
    select
        visitor_id,
        day,
        hour,
        is_bot,
        is_mixed,
        bool_and(is_certain) as is_certain
    from hours
    group by
        visitor_id,
        day,
        hour,
        is_bot,
        is_mixed
    having count(*) = 2
)

select
    of_both.day,
    of_both.hour,
    kinds.is_bot,
    case when bool_and(of_both.is_certain) then count(*) end as visitors_of_both,
    bool_or(of_both.is_mixed) as has_mixed
from of_both
cross join
    lateral (
        values
        (false, of_both.is_mixed or not of_both.is_bot),
        (true, of_both.is_mixed or of_both.is_bot)
    ) as kinds (is_bot, is_theirs)
where kinds.is_theirs
group by
    of_both.day,
    of_both.hour,
    kinds.is_bot;
{%- endmacro -%}
