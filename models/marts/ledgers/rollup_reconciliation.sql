-- The raw side is counted here once more, from the sources, and shares no step with the rollups.
with

-- Not materialized, so that each count takes the columns that it needs, on all cores.
events as not materialized (
    select
        events.property_id::text as property_id,
        events.occurred_on as day,
        events.visitor_id,
        events.event_type,
        coalesce(events.page, events.path) as path,
        events.traffic_source::text as traffic_source,
        events.is_entrance,
        events.is_exit,
        events.is_conversion
    from {{ source('raw', 'events') }} as events
    where
        events.created_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and events.occurred_on in ({{ touched_days() }})
        {% endif %}
),

first_seen as (
    select
        visitors.id as visitor_id,
        coalesce(older.first_seen_at, visitors.first_seen_at) as first_seen_at
    {% if is_incremental() %}
    -- Looked up by the index, as in join_visitors().
    from (select distinct visitor_id from events) as seen
    cross join
        lateral (
            select
                known.id,
                known.first_seen_at
            from {{ source('raw', 'visitors') }} as known
            where known.id = seen.visitor_id
            offset 0
        ) as visitors
    {% else %}
    from {{ source('raw', 'visitors') }} as visitors
    {% endif %}
    left join {{ ref('int_web__visitors_made_older') }} as older
        on visitors.id = older.visitor_id
),

event_measures as (
    select
        events.property_id,
        events.day,
        count(*) as events_accepted,
        count(distinct events.visitor_id) as unique_visitors,
        count(distinct events.visitor_id) filter (
            where first_seen.first_seen_at < events.day::timestamp at time zone 'UTC'
        ) as returning_visitors,
        count(*) filter (where events.event_type = 'page_view') as total_page_views,
        count(*) filter (where events.is_entrance) as total_entrances,
        count(*) filter (where events.is_exit) as total_exits,
        count(*) filter (where events.is_conversion) as total_conversions,
        count(*) filter (where events.event_type = 'form_start') as form_starts,
        count(*) filter (where events.event_type = 'form_submit') as form_submits
    from events
    inner join first_seen
        on events.visitor_id = first_seen.visitor_id
    group by
        events.day,
        events.property_id
),

measured as not materialized (
    select
        events.property_id::text as property_id,
        events.occurred_on as day,
        events.visitor_id,
        events.view_id,
        events."timestamp" as occurred_at,
        events.dedupe_key,
        jsonb_path_query_first(
            events.props, '$.ttfbMs ? (@.type() == "number" && @ >= 0 && @ <= 120000)'
        )::text::double precision as ttfb_ms
    from {{ source('raw', 'events') }} as events
    where
        events.props ? 'ttfbMs'
        and events.created_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and events.occurred_on in ({{ touched_days() }})
        {% endif %}
),

-- Of the reports of a page view only the last counts, on whatever day that is.
counted_reports as (
    select
        property_id,
        day,
        ttfb_ms
    from measured
    where view_id is null
    union all
    select
        last_reports.property_id,
        last_reports.day,
        last_reports.ttfb_ms
    from (
        select distinct on (visitor_id, view_id) *
        from (
            select * from measured
            where
                view_id is not null
                and ttfb_ms is not null
            {% if is_incremental() %}
            union all
            select later.*
            from (
                select distinct
                    visitor_id,
                    view_id
                from measured
                where view_id is not null
            ) as views
            cross join
                lateral (
                    select
                        known.property_id::text as property_id,
                        known.occurred_on as day,
                        known.visitor_id,
                        known.view_id,
                        known."timestamp" as occurred_at,
                        known.dedupe_key,
                        (known.props ->> 'ttfbMs')::double precision as ttfb_ms
                    from {{ source('raw', 'events') }} as known
                    where
                        known.visitor_id = views.visitor_id
                        and known.view_id = views.view_id
                        and known.created_at < {{ build_cutoff() }}
                        and jsonb_path_exists(
                            known.props,
                            '$.ttfbMs ? (@.type() == "number" && @ >= 0 && @ <= 120000)'
                        )
                    offset 0
                ) as later
            {% endif %}
        ) as reports
        order by
            visitor_id asc,
            view_id asc,
            occurred_at desc,
            dedupe_key collate "C" desc
    ) as last_reports
    {% if is_incremental() %}
    where last_reports.day in ({{ touched_days() }})
    {% endif %}
),

ttfb_measures as (
    select
        property_id,
        day,
        count(ttfb_ms) as ttfb_samples,
        round(percentile_cont(0.95) within group (order by ttfb_ms)) as p95_ttfb_ms
    from counted_reports
    group by
        day,
        property_id
),

-- A capture counts for each property on which its visitor had an event by then, held or purged.
captures as (
    select
        submissions.id,
        properties.property_id,
        (submissions.captured_at at time zone 'UTC')::date as day,
        submissions.validation_status,
        submissions.is_first_capture,
        submissions.captured_at,
        coalesce(submissions.lead_id, submissions.erased_lead_id, submissions.id) as lead_key
    from {{ source('raw', 'form_submissions') }} as submissions
    cross join
        lateral (
            select events.property_id::text as property_id
            from {{ source('raw', 'events') }} as events
            where
                events.visitor_id = submissions.visitor_id
                and events."timestamp" <= submissions.captured_at
                and events.created_at < {{ build_cutoff() }}
            union
            select kept.property_id::text as property_id
            from {{ source('raw', 'submission_properties') }} as kept
            where
                kept.visitor_id = submissions.visitor_id
                and kept.submission_id = submissions.id
                and kept.created_at < {{ build_cutoff() }}
        ) as properties
    where
        submissions.created_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and (submissions.captured_at at time zone 'UTC')::date in ({{ touched_days() }})
        {% endif %}
),

-- The time that led up to a capture is counted from the earliest visitor of its lead.
lead_sights as (
    select
        leads.lead_key,
        min(coalesce(older.first_seen_at, visitors.first_seen_at)) as first_seen_at
    from (
        select distinct lead_key
        from captures
        where is_first_capture
    ) as leads
    inner join {{ source('raw', 'form_submissions') }} as named
        on leads.lead_key = coalesce(named.lead_id, named.erased_lead_id, named.id)
    inner join {{ source('raw', 'visitors') }} as visitors
        on named.visitor_id = visitors.id
    left join {{ ref('int_web__visitors_made_older') }} as older
        on named.visitor_id = older.visitor_id
    where named.created_at < {{ build_cutoff() }}
    group by leads.lead_key
),

refusals as (
    select
        property_id::text as property_id,
        (occurred_at at time zone 'UTC')::date as day,
        endpoint,
        reason,
        occurrences
    from {{ source('raw', 'ingest_rejections') }}
    where
        created_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and (occurred_at at time zone 'UTC')::date in ({{ touched_days() }})
        {% endif %}
),

landing_paths as (
    select
        property_id,
        day,
        count(*) filter (where is_entrance) as entrances,
        row_number() over (
            partition by property_id, day
            order by count(*) filter (where is_entrance) desc
        ) as place
    from events
    where path is not null
    group by
        property_id,
        day,
        path
),

raw_values as (
    select
        event_measures.property_id,
        event_measures.day,
        measures.measure,
        measures.raw_value::numeric as raw_value
    from event_measures
    cross join
        lateral jsonb_each_text(to_jsonb(event_measures) - 'property_id' - 'day')
            as measures (measure, raw_value)
    union all
    select
        property_id,
        day,
        'ttfb_samples' as measure,
        ttfb_samples as raw_value
    from ttfb_measures
    union all
    select
        property_id,
        day,
        'p95_ttfb_ms' as measure,
        p95_ttfb_ms::numeric as raw_value
    from ttfb_measures
    union all
    select
        property_id,
        day,
        'traffic_source_breakdown.' || traffic_source as measure,
        count(*) as raw_value
    from events
    group by
        property_id,
        day,
        traffic_source
    union all
    select
        property_id,
        day,
        'top_landing_paths.entrances' as measure,
        sum(entrances) as raw_value
    from landing_paths
    where place <= 10
    group by
        property_id,
        day
    union all
    select
        property_id::text as property_id,
        occurred_on as day,
        'events_duplicate' as measure,
        sum(occurrences) as raw_value
    from {{ source('raw', 'ingest_duplicates') }}
    where
        created_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and occurred_on in ({{ touched_days() }})
        {% endif %}
    group by
        property_id,
        occurred_on
    union all
    select
        property_id,
        day,
        'events_rejected' as measure,
        sum(occurrences) as raw_value
    from refusals
    where endpoint = '/v1/events' or endpoint like '/v1/events/%'
    group by
        property_id,
        day
    union all
    select
        property_id,
        day,
        'error_breakdown.' || reason as measure,
        sum(occurrences) as raw_value
    from refusals
    group by
        property_id,
        day,
        reason
    union all
    select
        property_id,
        day,
        'leads_rejected' as measure,
        sum(occurrences) as raw_value
    from (
        select
            property_id,
            day,
            occurrences
        from refusals
        where endpoint = '/v1/leads/capture'
        union all
        select
            property_id,
            day,
            1 as occurrences
        from captures
        where validation_status != 'accepted'
    ) as refused_captures
    group by
        property_id,
        day
    union all
    select
        captures.property_id,
        captures.day,
        measures.measure,
        measures.raw_value
    from (
        select
            captures.property_id,
            captures.day,
            count(*) filter (where captures.validation_status = 'accepted') as leads_accepted,
            count(*) filter (where captures.is_first_capture) as new_leads,
            sum(
                round(
                    1000 * extract(
                        epoch from greatest(
                            captures.captured_at - lead_sights.first_seen_at, interval '0'
                        )
                    )
                )
            ) filter (where captures.is_first_capture) as first_capture_ms
        from captures
        left join lead_sights
            on captures.lead_key = lead_sights.lead_key
        group by
            captures.property_id,
            captures.day
    ) as captures
    cross join lateral (
        values
        ('leads_accepted', captures.leads_accepted),
        ('new_leads', captures.new_leads),
        ('time_to_first_capture_count', captures.new_leads),
        ('time_to_first_capture_sum_ms', captures.first_capture_ms)
    ) as measures (measure, raw_value)
),

rollups as (
    select
        property_id,
        day,
        to_jsonb(metric_rollups) - 'property_id' - 'day' - 'generated_at' as measured
    from {{ ref('daily_metric_rollups') }} as metric_rollups
    union all
    select
        property_id,
        day,
        to_jsonb(ingest_rollups) - 'property_id' - 'day' - 'generated_at' as measured
    from {{ ref('daily_ingest_rollups') }} as ingest_rollups
),

touched_rollups as (
    select * from rollups
    {% if is_incremental() %}
    where day in ({{ touched_days() }})
    {% endif %}
),

rollup_values as (
    select
        touched_rollups.property_id,
        touched_rollups.day,
        measures.measure,
        measures.value::text::numeric as rollup_value
    from touched_rollups
    cross join lateral jsonb_each(touched_rollups.measured) as measures (measure, value)
    where jsonb_typeof(measures.value) = 'number'
    union all
    select
        touched_rollups.property_id,
        touched_rollups.day,
        breakdowns.breakdown || '.' || entries.entry as measure,
        entries.occurrences::numeric as rollup_value
    from touched_rollups
    cross join
        lateral (
            values ('traffic_source_breakdown'), ('error_breakdown')
        ) as breakdowns (breakdown)
    cross join
        lateral jsonb_each_text(touched_rollups.measured -> breakdowns.breakdown)
            as entries (entry, occurrences)
    union all
    select
        touched_rollups.property_id,
        touched_rollups.day,
        'top_landing_paths.entrances' as measure,
        sum((entries.entry ->> 'entrances')::numeric) as rollup_value
    from touched_rollups
    cross join
        lateral
        jsonb_array_elements(touched_rollups.measured -> 'top_landing_paths') as entries (entry)
    group by
        touched_rollups.property_id,
        touched_rollups.day
),

compared as (
    select
        property_id,
        day,
        measure,
        coalesce(rollup_values.rollup_value, 0) as rollup_value,
        coalesce(raw_values.raw_value, 0) as raw_value
    from rollup_values
    full join raw_values using (property_id, day, measure)
),

-- A rollup that failed or was not built has not counted the days that it owes. On these days its
-- measures cannot be compared, so the last comparison stays.
owed as (
    select
        mart,
        day
    from {{ source('analytics_state', 'rollup_owed_days') }}
    where mart in ('daily_metric_rollups', 'daily_ingest_rollups')
),

reconciliation as (
    select
        compared.property_id,
        compared.day,
        compared.measure,
        compared.rollup_value,
        compared.raw_value,
        compared.rollup_value - compared.raw_value as difference,
        case when compared.rollup_value = compared.raw_value then 'equal' else 'different' end
            as status,
        {{ build_cutoff() }} as checked_at,
        {{ build_cutoff() }} as generated_at
    from compared
    cross join {{ source('analytics_state', 'raw_horizon') }} as horizon
    left join owed
        on
            compared.day = owed.day
            and {{ rollup_of_measure('compared.measure') }} = owed.mart
    where
        compared.day >= horizon.held_from
        and owed.day is null
    {% if is_incremental() %}
    union all
    select
        known.property_id,
        known.day,
        known.measure,
        known.rollup_value,
        known.raw_value,
        known.difference,
        known.status,
        known.checked_at,
        known.generated_at
    from {{ this }} as known
    inner join owed
        on
            known.day = owed.day
            and {{ rollup_of_measure('known.measure') }} = owed.mart
    where known.day in ({{ touched_days() }})
    {% endif %}
)

select * from reconciliation
