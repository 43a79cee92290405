{{ config(meta={'shape': 4, 'also_touches': 'days_of_replaced_reports'}) }}

with

events as (
    select
        property_id,
        day,
        path,
        visitor_id,
        {{ is_bot() }} as is_bot,
        event_type,
        is_entrance,
        is_exit,
        is_conversion
    from {{ ref('stg_web__events') }}
    where
        path is not null
        and received_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and day in ({{ touched_days() }})
        {% endif %}
),

visitors as (
    select
        property_id,
        day,
        path,
        visitor_id,
        count(*) filter (where event_type = 'page_view') as views,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_exit) as exits,
        count(*) filter (where is_conversion) as conversions,
        count(*) filter (where is_bot) as bot_events,
        count(*) filter (where not is_bot) as people_events,
        count(*) filter (where not is_bot and event_type = 'page_view') as people_views,
        count(*) filter (where not is_bot and is_entrance) as people_entrances,
        count(*) filter (where not is_bot and is_exit) as people_exits,
        count(*) filter (where not is_bot and is_conversion) as people_conversions
    from events
    group by
        property_id,
        day,
        path,
        visitor_id
),

totals as (
    select
        property_id,
        day,
        path,
        sum(views)::integer as views,
        count(*)::integer as visitors,
        (count(*) filter (where entrances > 0))::integer as entering_visitors,
        sum(entrances)::integer as entrances,
        sum(exits)::integer as exits,
        sum(conversions)::integer as conversions,
        (count(*) filter (where people_events > 0))::integer as people,
        (count(*) filter (where bot_events > 0))::integer as bots,
        (count(*) filter (where people_entrances > 0))::integer as entering_people,
        sum(people_views)::integer as people_views,
        sum(people_entrances)::integer as people_entrances,
        sum(people_exits)::integer as people_exits,
        sum(people_conversions)::integer as people_conversions
    from visitors
    group by
        property_id,
        day,
        path
),

reports as (
    {{ last_reports(
        ['property_id', 'day', 'path', 'device_type'], ['engaged_time_ms', 'scroll_depth_percent']
    ) }}
),

-- Apart, for few events carry engagement, and a median has to sort. Materialized, because
-- statistics know nothing of a day that has just begun: the planner takes it for empty, and would
-- count it all again for each path.
engagement as materialized (
    select
        property_id,
        day,
        path,
        count(engaged_time_ms)::integer as engaged_samples,
        percentile_cont(0.5) within group (order by engaged_time_ms) as median_engaged_ms,
        count(scroll_depth_percent)::integer as scroll_samples,
        sum(scroll_depth_percent) as scroll_percent_sum,
        (count(engaged_time_ms) filter (where not {{ is_bot() }}))::integer
            as people_engaged_samples,
        percentile_cont(0.5) within group (order by engaged_time_ms) filter (
            where not {{ is_bot() }}
        ) as people_median_engaged_ms,
        (count(scroll_depth_percent) filter (where not {{ is_bot() }}))::integer
            as people_scroll_samples,
        sum(scroll_depth_percent) filter (
            where not {{ is_bot() }}
        ) as people_scroll_percent_sum
    from reports
    where
        path is not null
        and coalesce(engaged_time_ms, scroll_depth_percent) is not null
    group by
        day,
        property_id,
        path
),

pages as (
    select
        property_id,
        day,
        {{ text_key(['path']) }} as path_key,
        path,
        totals.views,
        totals.visitors,
        totals.entering_visitors,
        totals.entrances,
        totals.exits,
        totals.conversions,
        coalesce(engagement.engaged_samples, 0) as engaged_samples,
        engagement.median_engaged_ms,
        coalesce(engagement.scroll_samples, 0) as scroll_samples,
        coalesce(engagement.scroll_percent_sum, 0) as scroll_percent_sum,
        engagement.scroll_percent_sum / nullif(engagement.scroll_samples, 0) as mean_scroll_percent,
        totals.people_views,
        totals.people,
        totals.bots,
        totals.entering_people,
        totals.people_entrances,
        totals.people_exits,
        totals.people_conversions,
        coalesce(engagement.people_engaged_samples, 0) as people_engaged_samples,
        engagement.people_median_engaged_ms,
        coalesce(engagement.people_scroll_samples, 0) as people_scroll_samples,
        coalesce(engagement.people_scroll_percent_sum, 0) as people_scroll_percent_sum,
        {{ build_cutoff() }} as generated_at
    from totals
    left join engagement using (property_id, day, path)
)

-- In this order, so that a report of one property reads few blocks.
select * from pages
order by
    property_id asc,
    day asc
