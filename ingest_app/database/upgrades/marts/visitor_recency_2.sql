-- Visitors by when they came before know people from bots, and each value that they came with. Made
-- of visitor_days as that has been brought over; the next build recounts the days that raw holds.
-- visitor_segments has nothing more to tell then.
delete from analytics.visitor_recency;

alter table analytics.visitor_recency
drop constraint if exists visitor_recency_pkey,
add column if not exists dimension text not null,
add column if not exists value text not null,
add column if not exists people integer not null,
add column if not exists returning_people integer not null,
add column if not exists bots integer not null,
add column if not exists returning_bots integer not null,
alter column visitors type integer,
alter column returning_visitors type integer,
add constraint visitor_recency_pkey
primary key (property_id, dimension, day, value, previous_day);

insert into analytics.visitor_recency (
    property_id, dimension, value, day, previous_day, visitors, returning_visitors, people,
    returning_people, bots, returning_bots, generated_at
)
with

series as (
    select
        scopes.property_id,
        dimensions.dimension,
        found.value,
        days.visitor_id,
        days.day,
        bool_or(days.is_returning) as is_returning,
        bool_or(not days.is_bot) as is_person,
        bool_or(days.is_bot) as is_bot,
        max(days.generated_at) as generated_at
    from analytics.visitor_days as days
    cross join
        lateral (
            values
            ('', array['']),
            ('traffic_source', days.traffic_sources::text[]),
            ('device_type', days.device_types::text[]),
            ('country', days.country_codes::text[]),
            ('event_type', days.event_types::text[])
        ) as dimensions (dimension, found_values)
    cross join lateral unnest(dimensions.found_values) as found (value)
    cross join lateral (values (days.property_id), ('')) as scopes (property_id)
    group by
        scopes.property_id,
        dimensions.dimension,
        found.value,
        days.visitor_id,
        days.day
),

placed as (
    select
        series.property_id,
        series.dimension,
        series.value,
        series.day,
        series.generated_at,
        measures.measure,
        coalesce(
            lag(series.day) over (
                partition by
                    series.property_id,
                    series.dimension,
                    series.value,
                    measures.measure,
                    series.visitor_id
                order by series.day asc
            ),
            '0001-01-01'
        ) as previous_day
    from series
    cross join
        lateral (
            values
            ('visitors', true),
            ('returning_visitors', series.is_returning),
            ('people', series.is_person),
            ('returning_people', series.is_person and series.is_returning),
            ('bots', series.is_bot),
            ('returning_bots', series.is_bot and series.is_returning)
        ) as measures (measure, counts)
    where measures.counts
)

select
    property_id,
    dimension,
    value,
    day,
    previous_day,
    count(*) filter (where measure = 'visitors') as visitors,
    count(*) filter (where measure = 'returning_visitors') as returning_visitors,
    count(*) filter (where measure = 'people') as people,
    count(*) filter (where measure = 'returning_people') as returning_people,
    count(*) filter (where measure = 'bots') as bots,
    count(*) filter (where measure = 'returning_bots') as returning_bots,
    max(generated_at) as generated_at
from placed
group by
    property_id,
    dimension,
    value,
    day,
    previous_day;

drop table if exists analytics.visitor_segments cascade;
delete from analytics_state.rollup_watermarks
where mart = 'visitor_segments';
delete from analytics_state.rollup_owed_days
where mart = 'visitor_segments';
delete from analytics_state.rollup_shapes
where name = 'visitor_segments';
