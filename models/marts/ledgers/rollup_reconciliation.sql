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
        events.device_type != 'bot' as is_person,
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

-- What adds up, by source and in one scan. Everything that people do counts among all, too.
event_counts as materialized (
    select
        property_id,
        day,
        traffic_source,
        is_person,
        count(*) as events_accepted,
        count(*) filter (where event_type = 'page_view') as total_page_views,
        count(*) filter (where is_entrance) as total_entrances,
        count(*) filter (where is_exit) as total_exits,
        count(*) filter (where is_conversion) as total_conversions,
        count(*) filter (where event_type = 'form_start') as form_starts,
        count(*) filter (where event_type = 'form_submit') as form_submits
    from events
    group by
        property_id,
        day,
        traffic_source,
        is_person
),

came as (
    select distinct
        property_id,
        day,
        visitor_id,
        is_person
    from events
),

seen as (
    select
        came.property_id,
        came.day,
        came.visitor_id,
        came.is_person,
        {{ seen_before('coalesce(older.first_seen_at, visitors.first_seen_at)', 'came') }}
            as is_returning
    from came
    {% if is_incremental() -%}
    -- Looked up by the index, as in join_visitors().
    cross join
        lateral (
            select
                known.id,
                known.first_seen_at
            from {{ source('raw', 'visitors') }} as known
            where known.id = came.visitor_id
            {{ kept_apart() }}
        ) as visitors
    {%- else -%}
    inner join {{ source('raw', 'visitors') }} as visitors
        on came.visitor_id = visitors.id
    {%- endif %}
    left join {{ ref('int_web__visitors_made_older') }} as older
        on came.visitor_id = older.visitor_id
    {{ join_zones('came') }}
),

visitor_measures as (
    select
        property_id,
        day,
        count(distinct visitor_id) as unique_visitors,
        count(distinct visitor_id) filter (where is_returning) as returning_visitors,
        count(*) filter (where is_person) as people_unique_visitors,
        count(*) filter (where is_person and is_returning) as people_returning_visitors
    from seen
    group by
        day,
        property_id
),

measured as not materialized (
    select
        property_id,
        day,
        visitor_id,
        view_id,
        occurred_at,
        dedupe_key,
        is_person,
        case
            when jsonb_typeof(sent) = 'number'
                then case when sent::numeric between 0 and 120000 then sent::double precision end
        end as ttfb_ms
    from (
        select
            events.property_id::text as property_id,
            events.occurred_on as day,
            events.visitor_id,
            events.view_id,
            events."timestamp" as occurred_at,
            events.dedupe_key,
            events.device_type != 'bot' as is_person,
            events.props -> 'ttfbMs' as sent
        from {{ source('raw', 'events') }} as events
        where
            events.created_at < {{ build_cutoff() }}
            {% if is_incremental() %}
            and events.occurred_on in ({{ touched_days() }})
            {% endif %}
        -- So that the number is taken out of its JSON once.
        {{ kept_apart() }}
    ) as told
    where sent is not null
),

-- Of the reports of a page view only the last counts, on whatever day that is.
counted_reports as (
    select
        property_id,
        day,
        is_person,
        ttfb_ms
    from measured
    where view_id is null
    union all
    select
        last_reports.property_id,
        last_reports.day,
        last_reports.is_person,
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
                        known.device_type != 'bot' as is_person,
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
                    {{ kept_apart() }}
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
        count(ttfb_ms) filter (where is_person) as people_ttfb_samples,
        round(percentile_cont(0.95) within group (order by ttfb_ms)) as p95_ttfb_ms,
        round(percentile_cont(0.95) within group (order by ttfb_ms) filter (where is_person))
            as people_p95_ttfb_ms
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
        submissions.occurred_on as day,
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
        and submissions.occurred_on in ({{ touched_days() }})
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
        occurred_on as day,
        endpoint,
        reason,
        occurrences
    from {{ source('raw', 'ingest_rejections') }}
    where
        created_at < {{ build_cutoff() }}
        {% if is_incremental() %}
        and occurred_on in ({{ touched_days() }})
        {% endif %}
),

-- Each event once as everybody's and, where it is a person's, once more as that.
audiences as (
    select *
    from (
        values ('', true), ('', false), ('people_', true)
    ) as audiences (prefix, is_person)
),

entered as (
    select
        property_id,
        day,
        path,
        is_person,
        count(*) as entrances
    from events
    where
        is_entrance
        and path is not null
    group by
        property_id,
        day,
        path,
        is_person
),

landing_paths as (
    select
        entered.property_id,
        entered.day,
        audiences.prefix,
        sum(entered.entrances) as entrances,
        row_number() over (
            partition by entered.property_id, entered.day, audiences.prefix
            order by sum(entered.entrances) desc
        ) as place
    from entered
    inner join audiences using (is_person)
    group by
        entered.property_id,
        entered.day,
        audiences.prefix,
        entered.path
),

raw_values as (
    select
        event_counts.property_id,
        event_counts.day,
        audiences.prefix || measures.measure as measure,
        sum(measures.raw_value) as raw_value
    from event_counts
    inner join audiences using (is_person)
    cross join
        lateral (
            values
            ('events_accepted', event_counts.events_accepted),
            ('total_page_views', event_counts.total_page_views),
            ('total_entrances', event_counts.total_entrances),
            ('total_exits', event_counts.total_exits),
            ('total_conversions', event_counts.total_conversions),
            ('form_starts', event_counts.form_starts),
            ('form_submits', event_counts.form_submits),
            (
                'traffic_source_breakdown.' || event_counts.traffic_source,
                event_counts.events_accepted
            )
        ) as measures (measure, raw_value)
    group by
        event_counts.property_id,
        event_counts.day,
        audiences.prefix || measures.measure
    union all
    select
        visitor_measures.property_id,
        visitor_measures.day,
        measures.measure,
        measures.raw_value
    from visitor_measures
    cross join
        lateral (
            values
            ('unique_visitors', visitor_measures.unique_visitors),
            ('returning_visitors', visitor_measures.returning_visitors),
            ('people_unique_visitors', visitor_measures.people_unique_visitors),
            ('people_returning_visitors', visitor_measures.people_returning_visitors)
        ) as measures (measure, raw_value)
    union all
    select
        ttfb_measures.property_id,
        ttfb_measures.day,
        measures.measure,
        measures.raw_value::numeric as raw_value
    from ttfb_measures
    cross join
        lateral (
            values
            ('ttfb_samples', ttfb_measures.ttfb_samples),
            ('p95_ttfb_ms', ttfb_measures.p95_ttfb_ms),
            ('people_ttfb_samples', ttfb_measures.people_ttfb_samples),
            ('people_p95_ttfb_ms', ttfb_measures.people_p95_ttfb_ms)
        ) as measures (measure, raw_value)
    union all
    select
        property_id,
        day,
        prefix || 'top_landing_paths.entrances' as measure,
        sum(entrances) as raw_value
    from landing_paths
    where place <= 10
    group by
        property_id,
        day,
        prefix
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
        jsonb_strip_nulls(to_jsonb(metric_rollups)) - 'property_id' - 'day' - 'generated_at'
            as measured
    from {{ ref('daily_metric_rollups') }} as metric_rollups
    union all
    select
        property_id,
        day,
        jsonb_strip_nulls(to_jsonb(ingest_rollups)) - 'property_id' - 'day' - 'generated_at'
            as measured
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
            values
            ('traffic_source_breakdown'),
            ('people_traffic_source_breakdown'),
            ('error_breakdown')
        ) as breakdowns (breakdown)
    cross join
        lateral jsonb_each_text(touched_rollups.measured -> breakdowns.breakdown)
            as entries (entry, occurrences)
    union all
    select
        touched_rollups.property_id,
        touched_rollups.day,
        listed.list || '.entrances' as measure,
        sum((entries.entry ->> 'entrances')::numeric) as rollup_value
    from touched_rollups
    cross join
        lateral (values ('top_landing_paths'), ('people_top_landing_paths')) as listed (list)
    cross join
        lateral jsonb_array_elements(touched_rollups.measured -> listed.list) as entries (entry)
    group by
        touched_rollups.property_id,
        touched_rollups.day,
        listed.list
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
