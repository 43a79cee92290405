-- Where do the rollups differ from raw as it is now? One row per property, day and measure; of a
-- breakdown one per entry, named behind a dot.
-- received_after_build: raw rows of the property and day that came after the last build. What they
-- changed is right again after the next one. Where it is 0, only returning_visitors and captures
-- can be, by a late event on an earlier day.
-- The command line renders this file as well, and knows ref, source and var only.
{% set from_day = var("discrepancy_from", "0001-01-01") %}
{% set to_day = var("discrepancy_to", "9999-12-31") %}
{% set property_id = var("discrepancy_property_id", "") %}
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

watermarks as (
    select
        coalesce(
            max(received_through) filter (where mart = 'daily_ingest_rollups'), '-infinity'
        ) as ingest_rollups,
        coalesce(
            max(received_through) filter (where mart = 'daily_metric_rollups'), '-infinity'
        ) as metric_rollups
    from {{ source('analytics_state', 'rollup_watermarks') }}
),

-- Three passes over the events of the days, each by an aggregate that runs in parallel; one pass
-- that kept them all would write them to disk first.
by_visitor as (
    select
        property_id::text as property_id,
        occurred_on as day,
        visitor_id,
        traffic_source,
        count(*) as events,
        count(*) filter (where event_type = 'page_view') as page_views,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_exit) as exits,
        count(*) filter (where is_conversion) as conversions,
        count(*) filter (where event_type = 'form_start') as form_starts,
        count(*) filter (where event_type = 'form_submit') as form_submits,
        count(*) filter (
            where created_at >= (select watermarks.metric_rollups from watermarks)
        ) as received_after_build
    from {{ source('raw', 'events') }}
    where
        occurred_on between '{{ from_day }}'::date and '{{ to_day }}'::date
    {% if property_id %}
        and property_id = '{{ property_id }}'
        {% endif %}
    group by
        property_id,
        occurred_on,
        visitor_id,
        traffic_source
),

event_totals as (
    select
        by_visitor.property_id,
        by_visitor.day,
        count(distinct by_visitor.visitor_id) as unique_visitors,
        count(distinct by_visitor.visitor_id) filter (
            where visitors.first_seen_at < by_visitor.day::timestamp at time zone 'UTC'
        ) as returning_visitors,
        sum(by_visitor.page_views) as total_page_views,
        sum(by_visitor.entrances) as total_entrances,
        sum(by_visitor.exits) as total_exits,
        sum(by_visitor.conversions) as total_conversions,
        sum(by_visitor.form_starts) as form_starts,
        sum(by_visitor.form_submits) as form_submits,
        sum(by_visitor.received_after_build) as received_after_build
    from by_visitor
    inner join {{ source('raw', 'visitors') }} as visitors
        on by_visitor.visitor_id = visitors.id
    group by
        by_visitor.property_id,
        by_visitor.day
),

ttfb as (
    select
        property_id::text as property_id,
        occurred_on as day,
        jsonb_path_query_first(
            props, '$.ttfbMs ? (@.type() == "number" && @ >= 0 && @ <= 120000)'
        )::text::double precision as ttfb_ms,
        created_at
    from {{ source('raw', 'events') }}
    where
        occurred_on between '{{ from_day }}'::date and '{{ to_day }}'::date
    {% if property_id %}
        and property_id = '{{ property_id }}'
        {% endif %}
),

ttfb_totals as (
    select
        property_id,
        day,
        count(*) as events_accepted,
        count(ttfb_ms) as ttfb_samples,
        round(percentile_cont(0.95) within group (order by ttfb_ms)) as p95_ttfb_ms,
        count(*) filter (
            where created_at >= (select watermarks.ingest_rollups from watermarks)
        ) as received_after_build
    from ttfb
    group by
        property_id,
        day
),

landing_paths as (
    select
        property_id::text as property_id,
        occurred_on as day,
        path::text as path,
        count(*) filter (where is_entrance) as entrances,
        count(*) filter (where is_entrance and is_conversion) as conversions,
        count(*) filter (
            where created_at >= (select watermarks.metric_rollups from watermarks)
        ) as received_after_build
    from {{ source('raw', 'events') }}
    where
        path is not null
        and occurred_on between '{{ from_day }}'::date and '{{ to_day }}'::date
    {% if property_id %}
        and property_id = '{{ property_id }}'
        {% endif %}
    group by
        property_id,
        occurred_on,
        path
    having bool_or(is_entrance)
),

ranked_landing_paths as (
    select
        *,
        row_number() over (
            partition by property_id, day
            order by entrances desc, conversions desc, path collate "C" asc
        ) as place
    from landing_paths
),

refusals as (
    select
        property_id::text as property_id,
        (occurred_at at time zone 'UTC')::date as day,
        endpoint,
        reason,
        occurrences,
        case
            when created_at >= (select watermarks.ingest_rollups from watermarks)
                then occurrences
            else 0
        end as received_after_build
    from {{ source('raw', 'ingest_rejections') }}
    where
        (occurred_at at time zone 'UTC')::date
        between '{{ from_day }}'::date and '{{ to_day }}'::date
),

-- A capture counts for each property on which its visitor had an event by then.
captures as (
    select
        properties.property_id,
        (submissions.captured_at at time zone 'UTC')::date as day,
        submissions.validation_status,
        submissions.is_first_capture,
        round(
            1000 * extract(
                epoch from greatest(
                    submissions.captured_at - visitors.first_seen_at, interval '0'
                )
            )
        ) as capture_ms,
        greatest(submissions.created_at, properties.received_at) as received_at
    from {{ source('raw', 'form_submissions') }} as submissions
    inner join {{ source('raw', 'visitors') }} as visitors
        on submissions.visitor_id = visitors.id
    cross join
        lateral (
            select
                been.property_id,
                min(been.received_at) as received_at
            from (
                select
                    events.property_id::text as property_id,
                    events.created_at as received_at
                from {{ source('raw', 'events') }} as events
                where
                    events.visitor_id = submissions.visitor_id
                    and events."timestamp" <= submissions.captured_at
                union all
                -- What is kept of those that are purged.
                select
                    kept.property_id::text as property_id,
                    kept.created_at as received_at
                from {{ source('raw', 'submission_properties') }} as kept
                where
                    kept.visitor_id = submissions.visitor_id
                    and kept.submission_id = submissions.id
            ) as been
            group by been.property_id
        ) as properties
    where
        (submissions.captured_at at time zone 'UTC')::date
        between '{{ from_day }}'::date and '{{ to_day }}'::date
),

capture_totals as (
    select
        property_id,
        day,
        count(*) filter (where validation_status = 'accepted') as leads_accepted,
        count(*) filter (where is_first_capture) as new_leads,
        sum(capture_ms) filter (where is_first_capture) as first_capture_ms,
        count(*) filter (
            where received_at >= (select watermarks.ingest_rollups from watermarks)
        ) as received_by_ingest_after_build,
        count(*) filter (
            where received_at >= (select watermarks.metric_rollups from watermarks)
        ) as received_after_build
    from captures
    group by
        property_id,
        day
),

raw_values as (
    select
        event_totals.property_id,
        event_totals.day,
        measures.measure,
        measures.raw_value,
        event_totals.received_after_build
    from event_totals
    cross join
        lateral (
            values
            ('unique_visitors', event_totals.unique_visitors),
            ('returning_visitors', event_totals.returning_visitors),
            ('total_page_views', event_totals.total_page_views),
            ('total_entrances', event_totals.total_entrances),
            ('total_exits', event_totals.total_exits),
            ('total_conversions', event_totals.total_conversions),
            ('form_starts', event_totals.form_starts),
            ('form_submits', event_totals.form_submits)
        ) as measures (measure, raw_value)
    union all
    select
        property_id,
        day,
        'traffic_source_breakdown.' || traffic_source as measure,
        sum(events) as raw_value,
        sum(received_after_build) as received_after_build
    from by_visitor
    group by
        property_id,
        day,
        traffic_source
    union all
    select
        ranked_landing_paths.property_id,
        ranked_landing_paths.day,
        measures.measure || ranked_landing_paths.path as measure,
        measures.raw_value,
        ranked_landing_paths.received_after_build
    from ranked_landing_paths
    cross join
        lateral (
            values
            ('top_landing_paths.entrances.', ranked_landing_paths.entrances),
            ('top_landing_paths.conversions.', ranked_landing_paths.conversions)
        ) as measures (measure, raw_value)
    where ranked_landing_paths.place <= 10
    union all
    select
        ttfb_totals.property_id,
        ttfb_totals.day,
        measures.measure,
        measures.raw_value,
        ttfb_totals.received_after_build
    from ttfb_totals
    cross join
        lateral (
            values
            ('events_accepted', ttfb_totals.events_accepted::numeric),
            ('ttfb_samples', ttfb_totals.ttfb_samples::numeric),
            ('p95_ttfb_ms', ttfb_totals.p95_ttfb_ms::numeric)
        ) as measures (measure, raw_value)
    union all
    select
        property_id::text as property_id,
        occurred_on as day,
        'events_duplicate' as measure,
        sum(occurrences) as raw_value,
        coalesce(
            sum(occurrences) filter (
                where created_at >= (select watermarks.ingest_rollups from watermarks)
            ), 0
        ) as received_after_build
    from {{ source('raw', 'ingest_duplicates') }}
    where occurred_on between '{{ from_day }}'::date and '{{ to_day }}'::date
    group by
        property_id,
        occurred_on
    union all
    select
        property_id,
        day,
        'events_rejected' as measure,
        sum(occurrences) as raw_value,
        sum(received_after_build) as received_after_build
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
        sum(occurrences) as raw_value,
        sum(received_after_build) as received_after_build
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
        sum(occurrences) as raw_value,
        sum(received_after_build) as received_after_build
    from (
        select
            property_id,
            day,
            occurrences,
            received_after_build
        from refusals
        where endpoint = '/v1/leads/capture'
        union all
        select
            property_id,
            day,
            1 as occurrences,
            (received_at >= (select watermarks.ingest_rollups from watermarks))::integer
                as received_after_build
        from captures
        where validation_status != 'accepted'
    ) as refused_captures
    group by
        property_id,
        day
    union all
    select
        capture_totals.property_id,
        capture_totals.day,
        measures.measure,
        measures.raw_value,
        measures.received_after_build
    from capture_totals
    cross join lateral (
        values
        (
            'leads_accepted',
            capture_totals.leads_accepted,
            capture_totals.received_by_ingest_after_build
        ),
        ('new_leads', capture_totals.new_leads, capture_totals.received_after_build),
        (
            'time_to_first_capture_count',
            capture_totals.new_leads,
            capture_totals.received_after_build
        ),
        (
            'time_to_first_capture_sum_ms',
            capture_totals.first_capture_ms,
            capture_totals.received_after_build
        )
    ) as measures (measure, raw_value, received_after_build)
),

rollups as (
    select
        property_id,
        day,
        to_jsonb(metric_rollups) - 'property_id' - 'day' - 'generated_at' as measured
    from {{ ref('daily_metric_rollups') }} as metric_rollups
    where day between '{{ from_day }}'::date and '{{ to_day }}'::date
    union all
    select
        property_id,
        day,
        to_jsonb(ingest_rollups) - 'property_id' - 'day' - 'generated_at' as measured
    from {{ ref('daily_ingest_rollups') }} as ingest_rollups
    where day between '{{ from_day }}'::date and '{{ to_day }}'::date
),

rollup_values as (
    select
        rollups.property_id,
        rollups.day,
        measures.measure,
        measures.value::text::numeric as rollup_value
    from rollups
    cross join lateral jsonb_each(rollups.measured) as measures (measure, value)
    where jsonb_typeof(measures.value) = 'number'
    union all
    select
        rollups.property_id,
        rollups.day,
        breakdowns.breakdown || '.' || entries.entry as measure,
        entries.occurrences::numeric as rollup_value
    from rollups
    cross join
        lateral (
            values ('traffic_source_breakdown'), ('error_breakdown')
        ) as breakdowns (breakdown)
    cross join
        lateral jsonb_each_text(rollups.measured -> breakdowns.breakdown)
            as entries (entry, occurrences)
    union all
    select
        rollups.property_id,
        rollups.day,
        'top_landing_paths.' || sides.side || '.' || (entries.entry ->> 'path') as measure,
        (entries.entry ->> sides.side)::numeric as rollup_value
    from rollups
    cross join
        lateral
        jsonb_array_elements(rollups.measured -> 'top_landing_paths') as entries (entry)
    cross join (
        values ('entrances'), ('conversions')
    ) as sides (side)
),

compared as (
    select
        property_id,
        day,
        measure,
        coalesce(rollup_values.rollup_value, 0) as rollup_value,
        coalesce(raw_values.raw_value, 0) as raw_value,
        coalesce(raw_values.received_after_build, 0) as received_after_build
    from rollup_values
    full join raw_values using (property_id, day, measure)
)

select
    compared.property_id,
    compared.day,
    compared.measure,
    compared.rollup_value,
    compared.raw_value,
    compared.rollup_value - compared.raw_value as difference,
    compared.received_after_build
from compared
where
    compared.rollup_value != compared.raw_value
    {% if property_id %}
    and compared.property_id = '{{ property_id }}'
    {% endif %}
    -- Days that raw no longer holds whole cannot be compared.
    and compared.day >= (select horizon.held_from from horizon)
order by
    compared.property_id asc,
    compared.day asc,
    compared.measure asc
