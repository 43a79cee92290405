-- What a dashboard of the last 28 days asks, from marts alone: one row per property. A BI tool asks
-- these as the role of BI; each join is one of its tiles.
with

last_days as (
    select
        (now() at time zone 'UTC')::date - 28 as first_day,
        (now() at time zone 'UTC')::date - 1 as last_day
),

traffic as (
    select
        property_id,
        sum(total_page_views) as page_views,
        sum(total_entrances) as entrances,
        sum(total_conversions) as conversions
    from {{ ref('daily_metric_rollups') }}
    where day between (select last_days.first_day from last_days)
        and (select last_days.last_day from last_days)
    group by property_id
),

visitors as (
    select
        property_id,
        sum(visitors) filter (
            where previous_day < (select last_days.first_day from last_days)
        ) as unique_visitors
    from {{ ref('visitor_recency') }}
    where
        dimension = ''
        and day between (select last_days.first_day from last_days)
        and (select last_days.last_day from last_days)
    group by property_id
),

visits as (
    select
        property_id,
        count(*) as sessions,
        avg(is_bounce::integer) as bounce_rate,
        percentile_cont(0.5) within group (order by duration_ms) / 1000 as median_seconds
    from {{ ref('sessions') }}
    where day between (select last_days.first_day from last_days)
        and (select last_days.last_day from last_days)
    group by property_id
),

entrances_by_source as (
    select
        property_id,
        traffic_source,
        sum(entrances) as entrances
    from {{ ref('daily_traffic_sources') }}
    where
        day between (select last_days.first_day from last_days)
        and (select last_days.last_day from last_days)
    group by
        property_id,
        traffic_source
),

best_sources as (
    select distinct on (property_id)
        property_id,
        traffic_source
    from entrances_by_source
    order by
        property_id asc,
        entrances desc,
        traffic_source asc
),

visits_by_path as (
    select
        property_id,
        path,
        sum(sessions) as sessions
    from {{ ref('daily_landing_paths') }}
    where
        day between (select last_days.first_day from last_days)
        and (select last_days.last_day from last_days)
    group by
        property_id,
        path
),

landing_paths as (
    select distinct on (property_id)
        property_id,
        path
    from visits_by_path
    order by
        property_id asc,
        sessions desc,
        path asc
),

vitals as (
    select
        property_id,
        sum(good_samples)::double precision / nullif(sum(samples), 0) as good_lcp_share
    from {{ ref('daily_web_vitals') }}
    where
        vital = 'lcp'
        and day between (select last_days.first_day from last_days)
        and (select last_days.last_day from last_days)
    group by property_id
),

differences as (
    select
        property_id,
        count(*) as measures_that_differ_from_raw
    from {{ ref('rollup_reconciliation') }}
    where
        status = 'different'
        and day between (select last_days.first_day from last_days)
        and (select last_days.last_day from last_days)
    group by property_id
)

select
    traffic.property_id,
    visitors.unique_visitors,
    visits.sessions,
    traffic.page_views,
    visits.bounce_rate,
    visits.median_seconds,
    traffic.conversions,
    best_sources.traffic_source as best_source,
    landing_paths.path as first_landing_path,
    vitals.good_lcp_share,
    coalesce(differences.measures_that_differ_from_raw, 0) as measures_that_differ_from_raw
from traffic
left join visitors using (property_id)
left join visits using (property_id)
left join best_sources using (property_id)
left join landing_paths using (property_id)
left join vitals using (property_id)
left join differences using (property_id)
order by traffic.page_views desc
