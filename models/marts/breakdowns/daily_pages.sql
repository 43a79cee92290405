{{ config(meta={'shape': 2, 'also_touches': 'days_of_replaced_reports'}) }}

with

events as (
    select
        property_id,
        day,
        path,
        visitor_id,
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
        count(*) filter (where is_conversion) as conversions
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
        sum(views)::bigint as views,
        count(*) as visitors,
        count(*) filter (where entrances > 0) as entering_visitors,
        sum(entrances)::bigint as entrances,
        sum(exits)::bigint as exits,
        sum(conversions)::bigint as conversions
    from visitors
    group by
        property_id,
        day,
        path
),

reports as (
    {{ last_reports(['property_id', 'day', 'path'], ['engaged_time_ms', 'scroll_depth_percent']) }}
),

-- Apart, for few events carry engagement, and a median has to sort. Materialized, because
-- statistics know nothing of a day that has just begun: the planner takes it for empty, and would
-- count it all again for each path.
engagement as materialized (
    select
        property_id,
        day,
        path,
        count(engaged_time_ms) as engaged_samples,
        percentile_cont(0.5) within group (order by engaged_time_ms) as median_engaged_ms,
        count(scroll_depth_percent) as scroll_samples,
        sum(scroll_depth_percent) as scroll_percent_sum
    from reports
    where
        path is not null
        and coalesce(engaged_time_ms, scroll_depth_percent) is not null
    group by
        property_id,
        day,
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
        {{ build_cutoff() }} as generated_at
    from totals
    left join engagement using (property_id, day, path)
)

select * from pages
