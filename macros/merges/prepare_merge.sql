{#
    What is needed to make one property of two on closed days, counted from what the marts keep of both, as
    tables of the transaction: footfall_merge has the two names, and footfall_days the days. Days of which
    nobody knows who came are left out: visitors of two properties are no sum.
#}
{%- macro prepare_merge(alias, marts) -%}
{%- set aliases = source('raw', 'property_aliases') -%}
{%- set made = {} -%}
{%- for mart in marts -%}
    {%- do made.update({mart.name: mart.relation_name}) -%}
{%- endfor -%}
create temporary table footfall_merge on commit drop as
select
    aliases.alias::text as alias,
    aliases.property_id::text as property_id,
    horizon.held_from
from {{ aliases }} as aliases
cross join {{ source('analytics_state', 'raw_horizon') }} as horizon
where aliases.alias = {{ sql_text(alias) }};

create temporary table footfall_days on commit drop as
with

named as (
    {% for mart in marts -%}
    select known.day
    from {{ mart.relation_name }} as known
    inner join footfall_merge as moved
        on known.property_id = moved.alias
    where known.day < moved.held_from
    {{ 'union' if not loop.last }}
    {% endfor %}
),

-- Who came, as visitor_days has it, beside how many came by the rollup; and who began a form.
visitors as (
    select
        known.day,
        known.property_id,
        count(distinct known.visitor_id) as visitors
    from {{ made.visitor_days }} as known
    inner join footfall_merge as moved
        on known.property_id in (moved.alias, moved.property_id)
    group by
        known.day,
        known.property_id
),

starters as (
    select
        known.day,
        known.property_id,
        count(distinct known.visitor_id) filter (where known.form_starts > 0) as starters
    from {{ made.visitor_forms }} as known
    inner join footfall_merge as moved
        on known.property_id in (moved.alias, moved.property_id)
    group by
        known.day,
        known.property_id
),

unknown as (
    select rollups.day
    from {{ made.daily_metric_rollups }} as rollups
    inner join footfall_merge as moved
        on rollups.property_id in (moved.alias, moved.property_id)
    left join visitors
        on
            rollups.property_id = visitors.property_id
            and rollups.day = visitors.day
    group by rollups.day
    having
        count(*) = 2
        and bool_or(rollups.unique_visitors != coalesce(visitors.visitors, 0))
    union
    select funnel.day
    from {{ made.daily_funnel }} as funnel
    inner join footfall_merge as moved
        on funnel.property_id in (moved.alias, moved.property_id)
    left join starters
        on
            funnel.property_id = starters.property_id
            and funnel.day = starters.day
    where funnel.form_name = ''
    group by funnel.day
    having
        count(*) = 2
        and bool_or(funnel.form_starters != coalesce(starters.starters, 0))
)

select day from named
where day not in (select unknown.day from unknown);

create temporary table footfall_visitor_days on commit drop as
select known.*
from {{ made.visitor_days }} as known
inner join footfall_merge as moved
    on known.property_id in (moved.alias, moved.property_id)
where known.day in (select days.day from footfall_days as days);

create temporary table footfall_came on commit drop as
select
    day,
    count(*) as visitors,
    count(*) filter (where is_returning) as returning_visitors,
    count(*) filter (where is_person) as people,
    count(*) filter (where is_person and is_returning) as returning_people
from (
    select
        day,
        visitor_id,
        bool_or(is_returning) as is_returning,
        bool_or(not is_bot) as is_person
    from footfall_visitor_days
    group by
        day,
        visitor_id
) as seen
group by day;

create temporary table footfall_came_with on commit drop as
select
    visits.day,
    dimensions.dimension,
    found.value,
    visits.is_bot,
    count(distinct visits.visitor_id) as visitors
from footfall_visitor_days as visits
cross join
    lateral (
        values
        ('traffic_source', visits.traffic_sources::text[]),
        ('device_type', visits.device_types::text[]),
        ('country', visits.country_codes::text[]),
        ('event_type', visits.event_types::text[])
    ) as dimensions (dimension, found_values)
cross join lateral unnest(dimensions.found_values) as found (value)
group by
    visits.day,
    dimensions.dimension,
    found.value,
    visits.is_bot;

-- Nothing of days of which visitor_days has no pages.
create temporary table footfall_saw on commit drop as
select
    day,
    path_key,
    count(*) as visitors,
    count(*) filter (where is_person) as people,
    count(*) filter (where is_bot) as bots,
    count(*) filter (where properties > 1) as visitors_of_both,
    count(*) filter (where properties_of_person > 1) as people_of_both
from (
    select
        visits.day,
        pages.path_key,
        visits.visitor_id,
        bool_or(not visits.is_bot) as is_person,
        bool_or(visits.is_bot) as is_bot,
        count(distinct visits.property_id) as properties,
        count(distinct visits.property_id) filter (where not visits.is_bot)
            as properties_of_person
    from footfall_visitor_days as visits
    cross join lateral unnest(visits.path_keys) as pages (path_key)
    where
        visits.day not in (
            select known.day from footfall_visitor_days as known
            where known.path_keys is null
        )
    group by
        visits.day,
        pages.path_key,
        visits.visitor_id
) as seen
group by
    day,
    path_key;

create temporary table footfall_filled on commit drop as
select
    day,
    coalesce(form_name, '') as form_name,
    count(distinct visitor_id) filter (where form_starts > 0) as starters,
    count(distinct visitor_id) filter (where form_submits > 0) as submitters
from {{ made.visitor_forms }} as known
inner join footfall_merge as moved
    on known.property_id in (moved.alias, moved.property_id)
where day in (select days.day from footfall_days as days)
group by grouping sets (
    (day, form_name),
    (day)
);

-- What one submission counted for both. Of a visitor who was erased nobody knows.
create temporary table footfall_captures on commit drop as
with

-- Submissions first, and what is known of them after it: on Citus they are not side by side.
submitted as materialized (
    select
        submissions.occurred_on as day,
        submissions.form_name::text as form_name,
        submissions.validation_status = 'accepted' as is_accepted,
        submissions.is_first_capture,
        submissions.captured_at,
        submissions.lead_id,
        coalesce(submissions.lead_id, submissions.erased_lead_id, submissions.id) as lead_key
    from {{ source('raw', 'submission_properties') }} as properties
    inner join footfall_merge as moved
        on
            properties.property_id = moved.property_id
            and moved.alias = any(properties.merged_names)
    inner join {{ source('raw', 'form_submissions') }} as submissions
        on
            properties.visitor_id = submissions.visitor_id
            and properties.submission_id = submissions.id
    where submissions.occurred_on in (select days.day from footfall_days as days)
),

sights as materialized (
    select
        coalesce(named.lead_id, named.erased_lead_id, named.id) as lead_key,
        min(visitors.first_seen_at) as first_seen_at
    from {{ source('raw', 'form_submissions') }} as named
    inner join {{ source('raw', 'visitors') }} as visitors
        on named.visitor_id = visitors.id
    where
        coalesce(named.lead_id, named.erased_lead_id, named.id)
        in (select submitted.lead_key from submitted)
    group by coalesce(named.lead_id, named.erased_lead_id, named.id)
),

captures as (
    select
        submitted.day,
        submitted.form_name,
        submitted.is_accepted,
        submitted.is_first_capture,
        coalesce(
            leads.time_to_first_capture_ms,
            greatest(
                0,
                round(1000 * extract(epoch from submitted.captured_at - sights.first_seen_at))
            )::bigint
        ) as time_to_capture_ms
    from submitted
    left join {{ made.leads }} as leads
        on
            submitted.lead_id = leads.lead_id
            and submitted.is_first_capture
    left join sights
        on submitted.lead_key = sights.lead_key
)

select
    day,
    coalesce(form_name, '') as form_name,
    count(*) filter (where is_accepted) as accepted,
    count(*) filter (where not is_accepted) as refused,
    count(*) filter (where is_first_capture) as new_leads,
    coalesce(sum(time_to_capture_ms) filter (where is_first_capture), 0)::bigint
        as time_to_capture_ms
from captures
group by grouping sets (
    (day, form_name),
    (day)
);

create temporary table footfall_measured on commit drop as
with

counted as (
    select
        known.day,
        kinds.is_of_people,
        histogram.value,
        sum(histogram.samples) as samples
    from {{ made.web_vital_distributions }} as known
    inner join footfall_merge as moved
        on known.property_id in (moved.alias, moved.property_id)
    cross join
        lateral (
            values (true, known.device_type = ''), (false, known.device_type in ('', 'bot'))
        ) as kinds (is_of_people, is_theirs)
    cross join
        lateral unnest(known.measured_values, known.value_samples) as histogram (value, samples)
    where
        known.vital = 'ttfb'
        and kinds.is_theirs
        and known.day in (select days.day from footfall_days as days)
    group by
        known.day,
        kinds.is_of_people,
        histogram.value
),

ranked as (
    select
        day,
        is_of_people,
        value,
        sum(samples) over (partition by day, is_of_people order by value asc) as up_to,
        sum(samples) over (partition by day, is_of_people) as total
    from counted
),

measured as (
    select
        day,
        is_of_people,
        max(total) as samples,
        round({{ percentile_of_distribution(0.95) }})::integer as p95
    from ranked
    group by
        day,
        is_of_people
)

select
    day,
    min(samples) filter (where not is_of_people) as samples,
    min(p95) filter (where not is_of_people) as p95,
    min(samples) filter (where is_of_people) as people_samples,
    min(p95) filter (where is_of_people) as people_p95
from measured
group by day;

-- How often a path was entered is in daily_pages. What became of that is in the lists of before, and
-- for a path that they do not have it is known where nothing was converted on the page at all.
create temporary table footfall_landings on commit drop as
with

entered as (
    select
        pages.day,
        pages.property_id,
        audiences.audience,
        pages.path,
        audiences.entrances,
        audiences.conversions
    from {{ made.daily_pages }} as pages
    inner join footfall_merge as moved
        on pages.property_id in (moved.alias, moved.property_id)
    cross join
        lateral (
            values
            ('all', pages.entrances, pages.conversions),
            ('people', pages.people_entrances, pages.people_conversions)
        ) as audiences (audience, entrances, conversions)
    where
        pages.day in (select days.day from footfall_days as days)
        and coalesce(audiences.entrances, 1) > 0
),

listed as (
    select
        rollups.day,
        rollups.property_id,
        lists.audience,
        entries.entry ->> 'path' as path,
        (entries.entry ->> 'conversions')::bigint as conversions
    from {{ made.daily_metric_rollups }} as rollups
    inner join footfall_merge as moved
        on rollups.property_id in (moved.alias, moved.property_id)
    cross join
        lateral (
            values
            ('all', rollups.top_landing_paths),
            ('people', rollups.people_top_landing_paths)
        ) as lists (audience, list)
    cross join lateral jsonb_array_elements(lists.list) as entries (entry)
),

paths as (
    select
        entered.day,
        entered.audience,
        entered.path,
        sum(entered.entrances)::bigint as entrances,
        bool_or(entered.entrances is null) as is_unknown,
        case
            when
                bool_and(
                    coalesce(
                        listed.conversions, case when entered.conversions = 0 then 0 end
                    ) is not null
                )
                then sum(coalesce(listed.conversions, 0))::bigint
        end as conversions
    from entered
    left join listed using (day, property_id, audience, path)
    group by
        entered.day,
        entered.audience,
        entered.path
),

placed as (
    select
        *,
        row_number() over (
            partition by day, audience
            order by entrances desc, conversions desc nulls last, path collate "C" asc
        ) as place,
        bool_or(is_unknown) over (partition by day, audience) as is_unknown_day
    from paths
),

lists as (
    select
        day,
        audience,
        case
            when not bool_or(is_unknown_day)
                then jsonb_agg(
                    jsonb_build_object(
                        'path', path,
                        'entrances', entrances,
                        'conversions', conversions,
                        'conversionRate', conversions::double precision / entrances
                    )
                    order by place
                )
        end as list
    from placed
    where place <= 10
    group by
        day,
        audience
)

-- Where nobody entered, the list is empty.
select
    days.day,
    coalesce(everybody.list, '[]'::jsonb) as top_landing_paths,
    case when people.day is null then '[]'::jsonb else people.list end as people_top_landing_paths
from footfall_days as days
left join lists as everybody
    on
        days.day = everybody.day
        and everybody.audience = 'all'
left join lists as people
    on
        days.day = people.day
        and people.audience = 'people';

{{ merged_hours(made.sessions) }}
{%- endmacro -%}
