-- A warehouse that the last release made, as pg_dump has it: three days behind the horizon of raw, an
-- erased visitor, submissions, and events that wait for the next build. Without the comments on marts.
SET client_encoding = 'UTF8';
SET check_function_bodies = false;
SET search_path = '';
CREATE SCHEMA analytics;
CREATE SCHEMA analytics_staging;
CREATE SCHEMA analytics_state;
CREATE SCHEMA raw;
COMMENT ON SCHEMA raw IS 'Events as they were accepted. Written by the ingest app alone, read by dbt.';
CREATE TYPE raw.consent_status AS ENUM (
    'pending',
    'express',
    'implied',
    'withdrawn'
);
CREATE TYPE raw.device_type AS ENUM (
    'desktop',
    'mobile',
    'tablet',
    'bot',
    'unknown'
);
CREATE TYPE raw.link_source AS ENUM (
    'form_submit',
    'same_ip_ua_window',
    'manual_merge'
);
CREATE TYPE raw.traffic_source AS ENUM (
    'direct',
    'organic_search',
    'paid_search',
    'social',
    'email',
    'referral',
    'campaign',
    'internal',
    'unknown'
);
CREATE TYPE raw.validation_status AS ENUM (
    'accepted',
    'rejected',
    'invalid'
);
CREATE FUNCTION raw.ensure_event_partition(day date) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
declare
    month_start constant date := date_trunc('month', day)::date;
    month_end constant date := (date_trunc('month', day) + interval '1 month')::date;
    partition_name constant text := 'events_' || to_char(month_start, 'YYYY_MM');
begin
    if to_regclass('raw.' || quote_ident(partition_name)) is not null then
        return false;
    end if;
    -- Two sessions may want the same month at once: the second waits here, then finds it there. It
    -- has to ask the catalogue, because to_regclass() remembers what was not there before.
    perform pg_advisory_xact_lock(hashtext('raw.ensure_event_partition'));
    if exists (
        select from pg_catalog.pg_class
        where relname = partition_name and relnamespace = 'raw'::regnamespace
    ) then
        return false;
    end if;
    -- Attaching locks what the foreign keys refer to. Writers take visitors first and sessions next:
    -- the same order here, or the two deadlock.
    lock table raw.visitors, raw.sessions in share row exclusive mode;
    -- Attached rather than created in place: that takes no lock which would stop readers.
    -- Statistics at each hundredth of new rows: at each tenth, which is the default, a build plans for
    -- the last three days of a month without having heard of them.
    execute format(
        'create table raw.%I (like raw.events including defaults including constraints)'
        ' with (autovacuum_analyze_scale_factor = 0.01)',
        partition_name
    );
    execute format(
        'alter table raw.events attach partition raw.%I for values from (%L) to (%L)',
        partition_name, month_start, month_end
    );
    return true;
end
$$;
COMMENT ON FUNCTION raw.ensure_event_partition(day date) IS 'Makes the partition that holds this UTC day, if there is none; true when it made one.';
CREATE VIEW analytics.calendar_days AS
 WITH days AS (
         SELECT (series.day)::date AS day
           FROM generate_series('2000-01-01 00:00:00'::timestamp without time zone, '2049-12-31 00:00:00'::timestamp without time zone, '1 day'::interval) series(day)
        )
 SELECT day
   FROM days;
CREATE TABLE analytics.daily_campaigns (
    property_id text NOT NULL,
    day date NOT NULL,
    utm_source text NOT NULL,
    utm_medium text NOT NULL,
    utm_campaign text NOT NULL,
    sessions bigint NOT NULL,
    visitors bigint NOT NULL,
    page_views bigint NOT NULL,
    conversions bigint NOT NULL,
    converted_sessions bigint NOT NULL,
    conversion_rate double precision NOT NULL,
    generated_at timestamp with time zone NOT NULL
);
CREATE TABLE analytics.daily_countries (
    property_id text NOT NULL,
    day date NOT NULL,
    country_code text NOT NULL,
    events bigint NOT NULL,
    page_views bigint NOT NULL,
    visitors bigint NOT NULL,
    entrances bigint NOT NULL,
    conversions bigint NOT NULL,
    generated_at timestamp with time zone NOT NULL
);
CREATE TABLE analytics.daily_devices (
    property_id text NOT NULL,
    day date NOT NULL,
    device_type text NOT NULL,
    events bigint NOT NULL,
    page_views bigint NOT NULL,
    visitors bigint NOT NULL,
    entrances bigint NOT NULL,
    conversions bigint NOT NULL,
    generated_at timestamp with time zone NOT NULL
);
CREATE TABLE analytics.daily_event_types (
    property_id text NOT NULL,
    day date NOT NULL,
    event_type text NOT NULL,
    events bigint NOT NULL,
    visitors bigint NOT NULL,
    conversions bigint NOT NULL,
    generated_at timestamp with time zone NOT NULL
);
CREATE TABLE analytics.daily_ingest_rollups (
    property_id text NOT NULL,
    day date NOT NULL,
    events_accepted bigint NOT NULL,
    events_duplicate bigint NOT NULL,
    events_rejected bigint NOT NULL,
    leads_accepted bigint NOT NULL,
    leads_rejected bigint NOT NULL,
    p95_ttfb_ms integer,
    ttfb_samples bigint NOT NULL,
    error_breakdown jsonb NOT NULL,
    generated_at timestamp with time zone NOT NULL
);
CREATE TABLE analytics.daily_landing_paths (
    property_id text NOT NULL,
    day date NOT NULL,
    path text NOT NULL,
    entrances bigint NOT NULL,
    visitors bigint NOT NULL,
    conversions bigint NOT NULL,
    conversion_rate double precision NOT NULL,
    generated_at timestamp with time zone NOT NULL
);
CREATE TABLE analytics.daily_metric_rollups (
    property_id text NOT NULL,
    day date NOT NULL,
    unique_visitors bigint NOT NULL,
    returning_visitors bigint NOT NULL,
    total_page_views bigint NOT NULL,
    total_entrances bigint NOT NULL,
    total_exits bigint NOT NULL,
    total_conversions bigint NOT NULL,
    form_starts bigint NOT NULL,
    form_submits bigint NOT NULL,
    new_leads bigint NOT NULL,
    time_to_first_capture_sum_ms bigint NOT NULL,
    time_to_first_capture_count bigint NOT NULL,
    traffic_source_breakdown jsonb NOT NULL,
    top_landing_paths jsonb NOT NULL,
    generated_at timestamp with time zone NOT NULL
);
CREATE TABLE analytics.daily_new_leads (
    property_id text NOT NULL,
    day date NOT NULL,
    new_leads bigint NOT NULL,
    time_to_first_capture_sum_ms bigint NOT NULL,
    generated_at timestamp with time zone NOT NULL
);
CREATE TABLE analytics.daily_pages (
    property_id text NOT NULL,
    day date NOT NULL,
    path text NOT NULL,
    views bigint NOT NULL,
    visitors bigint NOT NULL,
    entering_visitors bigint NOT NULL,
    entrances bigint NOT NULL,
    exits bigint NOT NULL,
    conversions bigint NOT NULL,
    engaged_samples bigint NOT NULL,
    median_engaged_ms double precision,
    scroll_samples bigint NOT NULL,
    scroll_percent_sum double precision NOT NULL,
    mean_scroll_percent double precision,
    generated_at timestamp with time zone NOT NULL
);
CREATE TABLE analytics.daily_traffic_sources (
    property_id text NOT NULL,
    day date NOT NULL,
    traffic_source text NOT NULL,
    events bigint NOT NULL,
    page_views bigint NOT NULL,
    visitors bigint NOT NULL,
    entrances bigint NOT NULL,
    conversions bigint NOT NULL,
    generated_at timestamp with time zone NOT NULL
);
CREATE TABLE analytics.daily_web_vitals (
    property_id text NOT NULL,
    day date NOT NULL,
    device_type text NOT NULL,
    vital text NOT NULL,
    samples bigint NOT NULL,
    p50 double precision NOT NULL,
    p75 double precision NOT NULL,
    p95 double precision NOT NULL,
    good_samples bigint NOT NULL,
    needs_improvement_samples bigint NOT NULL,
    poor_samples bigint NOT NULL,
    good_share double precision NOT NULL,
    needs_improvement_share double precision NOT NULL,
    poor_share double precision NOT NULL,
    generated_at timestamp with time zone NOT NULL
);
CREATE TABLE analytics_state.rollup_watermarks (
    mart text NOT NULL,
    received_through timestamp with time zone NOT NULL,
    snapshot pg_snapshot NOT NULL,
    built_at timestamp with time zone NOT NULL,
    invocation_id text
);
CREATE VIEW analytics.rollup_freshness AS
 WITH watermarks AS (
         SELECT rollup_watermarks.mart,
            rollup_watermarks.received_through,
            rollup_watermarks.snapshot,
            rollup_watermarks.built_at,
            rollup_watermarks.invocation_id
           FROM analytics_state.rollup_watermarks
        )
 SELECT mart,
    received_through,
    ((received_through AT TIME ZONE 'UTC'::text))::date AS rolled_up_through,
    built_at
   FROM watermarks;
CREATE TABLE analytics.rollup_reconciliation (
    property_id text NOT NULL,
    day date NOT NULL,
    measure text NOT NULL,
    rollup_value numeric NOT NULL,
    raw_value numeric NOT NULL,
    difference numeric NOT NULL,
    status text NOT NULL,
    checked_at timestamp with time zone NOT NULL,
    generated_at timestamp with time zone NOT NULL
);
CREATE TABLE analytics_state.rollup_restatements (
    mart text NOT NULL,
    property_id text NOT NULL,
    day date NOT NULL,
    measure text NOT NULL,
    restated_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone NOT NULL,
    late_rows bigint NOT NULL,
    value_before numeric,
    value_after numeric
);
CREATE VIEW analytics.rollup_restatements AS
 WITH restatements AS (
         SELECT rollup_restatements.mart,
            rollup_restatements.property_id,
            rollup_restatements.day,
            rollup_restatements.measure,
            rollup_restatements.restated_at,
            rollup_restatements.published_at,
            rollup_restatements.late_rows,
            rollup_restatements.value_before,
            rollup_restatements.value_after
           FROM analytics_state.rollup_restatements
        )
 SELECT mart,
    property_id,
    day,
    measure,
    restated_at,
    min(published_at) OVER (PARTITION BY mart, property_id, day) AS first_published_at,
    late_rows,
    value_before,
    value_after,
    (COALESCE(value_after, (0)::numeric) - COALESCE(value_before, (0)::numeric)) AS moved
   FROM restatements;
CREATE TABLE analytics.sessions (
    session_id uuid NOT NULL,
    visitor_id uuid NOT NULL,
    property_id text NOT NULL,
    day date NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone NOT NULL,
    duration_ms bigint NOT NULL,
    entry_path text,
    exit_path text,
    events bigint NOT NULL,
    page_views bigint NOT NULL,
    conversions bigint NOT NULL,
    engaged_ms double precision NOT NULL,
    is_bounce boolean NOT NULL,
    is_converted boolean NOT NULL,
    traffic_source text NOT NULL,
    device_type text NOT NULL,
    country_code text NOT NULL,
    referrer text,
    utm_source text,
    utm_medium text,
    utm_campaign text,
    generated_at timestamp with time zone NOT NULL
);
CREATE TABLE analytics.visitor_days (
    property_id text NOT NULL,
    day date NOT NULL,
    visitor_id uuid NOT NULL,
    is_returning boolean NOT NULL,
    events bigint NOT NULL,
    page_views bigint NOT NULL,
    entrances bigint NOT NULL,
    exits bigint NOT NULL,
    conversions bigint NOT NULL,
    generated_at timestamp with time zone NOT NULL
);
CREATE TABLE analytics.visitor_recency (
    property_id text NOT NULL,
    day date NOT NULL,
    previous_day date NOT NULL,
    visitors bigint NOT NULL,
    returning_visitors bigint NOT NULL,
    generated_at timestamp with time zone NOT NULL
);
CREATE TABLE analytics.visitor_segments (
    property_id text NOT NULL,
    day date NOT NULL,
    visitor_id uuid NOT NULL,
    event_type text NOT NULL,
    traffic_source text NOT NULL,
    device_type text NOT NULL,
    country_code text NOT NULL,
    is_returning boolean NOT NULL,
    events bigint NOT NULL,
    entrances bigint NOT NULL,
    exits bigint NOT NULL,
    conversions bigint NOT NULL,
    generated_at timestamp with time zone NOT NULL
);
CREATE TABLE analytics.web_vital_buckets (
    property_id text NOT NULL,
    day date NOT NULL,
    device_type text NOT NULL,
    vital text NOT NULL,
    bucket integer NOT NULL,
    samples bigint NOT NULL,
    bucket_values integer[] NOT NULL,
    bucket_samples integer[] NOT NULL,
    generated_at timestamp with time zone NOT NULL
);
CREATE TABLE analytics.web_vital_distributions (
    property_id text NOT NULL,
    day date NOT NULL,
    device_type text NOT NULL,
    country_code text NOT NULL,
    vital text NOT NULL,
    value integer NOT NULL,
    samples bigint NOT NULL,
    generated_at timestamp with time zone NOT NULL
);
CREATE TABLE raw.events (
    "timestamp" timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    id uuid NOT NULL,
    visitor_id uuid NOT NULL,
    session_id uuid,
    occurred_on date NOT NULL,
    traffic_source raw.traffic_source DEFAULT 'unknown'::raw.traffic_source NOT NULL,
    device_type raw.device_type DEFAULT 'unknown'::raw.device_type NOT NULL,
    is_entrance boolean DEFAULT false NOT NULL,
    is_exit boolean DEFAULT false NOT NULL,
    is_conversion boolean DEFAULT false NOT NULL,
    country_code character varying(2),
    dedupe_key character varying(64) NOT NULL,
    event_type character varying(64) NOT NULL,
    property_id character varying(128) DEFAULT 'default'::character varying NOT NULL,
    path character varying(2048),
    ip_hash character varying(64),
    ua_hash character varying(64),
    referrer character varying(2048),
    utm jsonb,
    props jsonb,
    CONSTRAINT events_occurred_on_is_utc_day CHECK ((occurred_on = (("timestamp" AT TIME ZONE 'UTC'::text))::date))
)
PARTITION BY RANGE (occurred_on);
COMMENT ON COLUMN raw.events."timestamp" IS 'When the event happened, by the browser''s claim.';
COMMENT ON COLUMN raw.events.created_at IS 'When the event was received, by the database''s clock.';
COMMENT ON COLUMN raw.events.occurred_on IS 'The UTC day of "timestamp"; the table is partitioned by it.';
COMMENT ON COLUMN raw.events.referrer IS 'As sent; kept so that sessions can be cut anew by late events.';
COMMENT ON COLUMN raw.events.utm IS 'As sent, null when the event carried none.';
CREATE VIEW analytics_staging.stg_web__events AS
 WITH source AS (
         SELECT events."timestamp",
            events.created_at,
            events.id,
            events.visitor_id,
            events.session_id,
            events.occurred_on,
            events.traffic_source,
            events.device_type,
            events.is_entrance,
            events.is_exit,
            events.is_conversion,
            events.country_code,
            events.dedupe_key,
            events.event_type,
            events.property_id,
            events.path,
            events.ip_hash,
            events.ua_hash,
            events.referrer,
            events.utm,
            events.props
           FROM raw.events
        )
 SELECT id AS event_id,
    visitor_id,
    session_id,
    (property_id)::text AS property_id,
    (dedupe_key)::text AS dedupe_key,
    (event_type)::text AS event_type,
    (path)::text AS path,
    (traffic_source)::text AS traffic_source,
    (device_type)::text AS device_type,
    (country_code)::text AS country_code,
    is_entrance,
    is_exit,
    is_conversion,
        CASE
            WHEN (jsonb_typeof((props -> 'ttfbMs'::text)) = 'number'::text) THEN
            CASE
                WHEN ((((props -> 'ttfbMs'::text))::numeric >= (0)::numeric) AND (((props -> 'ttfbMs'::text))::numeric <= (120000)::numeric)) THEN ((props -> 'ttfbMs'::text))::double precision
                ELSE NULL::double precision
            END
            ELSE NULL::double precision
        END AS ttfb_ms,
        CASE
            WHEN (jsonb_typeof((props -> 'lcpMs'::text)) = 'number'::text) THEN
            CASE
                WHEN ((((props -> 'lcpMs'::text))::numeric >= (0)::numeric) AND (((props -> 'lcpMs'::text))::numeric <= (120000)::numeric)) THEN ((props -> 'lcpMs'::text))::double precision
                ELSE NULL::double precision
            END
            ELSE NULL::double precision
        END AS lcp_ms,
        CASE
            WHEN (jsonb_typeof((props -> 'fcpMs'::text)) = 'number'::text) THEN
            CASE
                WHEN ((((props -> 'fcpMs'::text))::numeric >= (0)::numeric) AND (((props -> 'fcpMs'::text))::numeric <= (120000)::numeric)) THEN ((props -> 'fcpMs'::text))::double precision
                ELSE NULL::double precision
            END
            ELSE NULL::double precision
        END AS fcp_ms,
        CASE
            WHEN (jsonb_typeof((props -> 'inpMs'::text)) = 'number'::text) THEN
            CASE
                WHEN ((((props -> 'inpMs'::text))::numeric >= (0)::numeric) AND (((props -> 'inpMs'::text))::numeric <= (120000)::numeric)) THEN ((props -> 'inpMs'::text))::double precision
                ELSE NULL::double precision
            END
            ELSE NULL::double precision
        END AS inp_ms,
        CASE
            WHEN (jsonb_typeof((props -> 'clsScore'::text)) = 'number'::text) THEN
            CASE
                WHEN ((((props -> 'clsScore'::text))::numeric >= (0)::numeric) AND (((props -> 'clsScore'::text))::numeric <= (10)::numeric)) THEN ((props -> 'clsScore'::text))::double precision
                ELSE NULL::double precision
            END
            ELSE NULL::double precision
        END AS cls_score,
        CASE
            WHEN (jsonb_typeof((props -> 'engagedTimeMs'::text)) = 'number'::text) THEN
            CASE
                WHEN ((((props -> 'engagedTimeMs'::text))::numeric >= (0)::numeric) AND (((props -> 'engagedTimeMs'::text))::numeric <= (86400000)::numeric)) THEN ((props -> 'engagedTimeMs'::text))::double precision
                ELSE NULL::double precision
            END
            ELSE NULL::double precision
        END AS engaged_time_ms,
        CASE
            WHEN (jsonb_typeof((props -> 'scrollDepthPercent'::text)) = 'number'::text) THEN
            CASE
                WHEN ((((props -> 'scrollDepthPercent'::text))::numeric >= (0)::numeric) AND (((props -> 'scrollDepthPercent'::text))::numeric <= (100)::numeric)) THEN ((props -> 'scrollDepthPercent'::text))::double precision
                ELSE NULL::double precision
            END
            ELSE NULL::double precision
        END AS scroll_depth_percent,
    occurred_on AS day,
    "timestamp" AS occurred_at,
    created_at AS received_at
   FROM source;
CREATE TABLE raw.form_submissions (
    id uuid NOT NULL,
    visitor_id uuid NOT NULL,
    session_id uuid,
    lead_id uuid,
    form_name character varying(128) NOT NULL,
    path character varying(2048),
    payload jsonb,
    validation_status raw.validation_status NOT NULL,
    is_first_capture boolean DEFAULT false NOT NULL,
    captured_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT form_submissions_first_capture_is_accepted CHECK (((validation_status = 'accepted'::raw.validation_status) OR (NOT is_first_capture)))
);
COMMENT ON COLUMN raw.form_submissions.is_first_capture IS 'This submission made the lead. A count of new leads that outlives the deletion of the lead.';
CREATE VIEW analytics_staging.stg_web__form_submissions AS
 WITH source AS (
         SELECT form_submissions.id,
            form_submissions.visitor_id,
            form_submissions.session_id,
            form_submissions.lead_id,
            form_submissions.form_name,
            form_submissions.path,
            form_submissions.payload,
            form_submissions.validation_status,
            form_submissions.is_first_capture,
            form_submissions.captured_at,
            form_submissions.created_at
           FROM raw.form_submissions
        )
 SELECT id AS submission_id,
    visitor_id,
    session_id,
    lead_id,
    (form_name)::text AS form_name,
    (path)::text AS path,
    (validation_status)::text AS validation_status,
    is_first_capture,
    ((captured_at AT TIME ZONE 'UTC'::text))::date AS day,
    captured_at,
    created_at AS received_at
   FROM source;
CREATE VIEW analytics_staging.int_web__lead_captures AS
 WITH submissions AS (
         SELECT stg_web__form_submissions.submission_id,
            stg_web__form_submissions.visitor_id,
            stg_web__form_submissions.session_id,
            stg_web__form_submissions.lead_id,
            stg_web__form_submissions.form_name,
            stg_web__form_submissions.path,
            stg_web__form_submissions.validation_status,
            stg_web__form_submissions.is_first_capture,
            stg_web__form_submissions.day,
            stg_web__form_submissions.captured_at,
            stg_web__form_submissions.received_at
           FROM analytics_staging.stg_web__form_submissions
        ), captures AS (
         SELECT submissions.submission_id,
            properties.property_id,
            submissions.visitor_id,
            submissions.validation_status,
            submissions.is_first_capture,
            submissions.day,
            submissions.captured_at,
            GREATEST(submissions.received_at, properties.received_at) AS received_at
           FROM (submissions
             CROSS JOIN LATERAL ( SELECT events.property_id,
                    min(events.received_at) AS received_at
                   FROM analytics_staging.stg_web__events events
                  WHERE ((events.visitor_id = submissions.visitor_id) AND (events.occurred_at <= submissions.captured_at))
                  GROUP BY events.property_id) properties)
        )
 SELECT submission_id,
    property_id,
    visitor_id,
    validation_status,
    is_first_capture,
    day,
    captured_at,
    received_at
   FROM captures;
CREATE TABLE raw.ingest_duplicates (
    id uuid NOT NULL,
    property_id character varying(128) NOT NULL,
    occurred_on date NOT NULL,
    occurrences integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ingest_duplicates_count_something CHECK ((occurrences > 0))
);
COMMENT ON TABLE raw.ingest_duplicates IS 'Events received again after the first was stored, on the UTC day of the event.';
CREATE VIEW analytics_staging.stg_web__ingest_duplicates AS
 WITH source AS (
         SELECT ingest_duplicates.id,
            ingest_duplicates.property_id,
            ingest_duplicates.occurred_on,
            ingest_duplicates.occurrences,
            ingest_duplicates.created_at
           FROM raw.ingest_duplicates
        )
 SELECT id AS duplicate_id,
    (property_id)::text AS property_id,
    occurrences,
    occurred_on AS day,
    created_at AS received_at
   FROM source;
CREATE TABLE raw.ingest_rejections (
    id uuid NOT NULL,
    property_id character varying(128) NOT NULL,
    endpoint character varying(64) NOT NULL,
    reason character varying(64) NOT NULL,
    status_code smallint NOT NULL,
    occurred_at timestamp with time zone DEFAULT now() NOT NULL,
    occurrences integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ingest_rejections_count_something CHECK ((occurrences > 0))
);
COMMENT ON TABLE raw.ingest_rejections IS 'Requests refused, on the day of the refusal.';
COMMENT ON COLUMN raw.ingest_rejections.occurrences IS 'How many refusals this row stands for.';
CREATE VIEW analytics_staging.stg_web__ingest_rejections AS
 WITH source AS (
         SELECT ingest_rejections.id,
            ingest_rejections.property_id,
            ingest_rejections.endpoint,
            ingest_rejections.reason,
            ingest_rejections.status_code,
            ingest_rejections.occurred_at,
            ingest_rejections.occurrences,
            ingest_rejections.created_at
           FROM raw.ingest_rejections
        )
 SELECT id AS rejection_id,
    (property_id)::text AS property_id,
    (endpoint)::text AS endpoint,
    (reason)::text AS reason,
    status_code,
    occurrences,
    ((occurred_at AT TIME ZONE 'UTC'::text))::date AS day,
    occurred_at,
    created_at AS received_at
   FROM source;
CREATE TABLE raw.sessions (
    id uuid NOT NULL,
    visitor_id uuid NOT NULL,
    started_at timestamp with time zone NOT NULL,
    last_event_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    landing_path character varying(2048),
    referrer character varying(2048),
    utm_source character varying(255),
    utm_medium character varying(255),
    utm_campaign character varying(255),
    utm_term character varying(255),
    utm_content character varying(255),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT sessions_in_order CHECK ((started_at <= last_event_at))
);
COMMENT ON COLUMN raw.sessions.ended_at IS 'The time of the last event, known once a later session of the visitor has begun.';
CREATE VIEW analytics_staging.stg_web__sessions AS
 WITH source AS (
         SELECT sessions.id,
            sessions.visitor_id,
            sessions.started_at,
            sessions.last_event_at,
            sessions.ended_at,
            sessions.landing_path,
            sessions.referrer,
            sessions.utm_source,
            sessions.utm_medium,
            sessions.utm_campaign,
            sessions.utm_term,
            sessions.utm_content,
            sessions.created_at,
            sessions.updated_at
           FROM raw.sessions
        )
 SELECT id AS session_id,
    visitor_id,
    (landing_path)::text AS landing_path,
    (referrer)::text AS referrer,
    (utm_source)::text AS utm_source,
    (utm_medium)::text AS utm_medium,
    (utm_campaign)::text AS utm_campaign,
    ((started_at AT TIME ZONE 'UTC'::text))::date AS day,
    started_at,
    last_event_at AS ended_at,
    updated_at
   FROM source;
CREATE TABLE raw.visitors (
    id uuid NOT NULL,
    anon_id character varying(128) NOT NULL,
    first_seen_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    first_ip_hash character varying(64),
    last_ip_hash character varying(64),
    first_ua_hash character varying(64),
    last_ua_hash character varying(64),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT visitors_seen_in_order CHECK ((first_seen_at <= last_seen_at))
);
COMMENT ON COLUMN raw.visitors.id IS 'UUID v5 of anon_id, which makes anon_id unique by way of the primary key.';
CREATE VIEW analytics_staging.stg_web__visitors AS
 WITH source AS (
         SELECT visitors.id,
            visitors.anon_id,
            visitors.first_seen_at,
            visitors.last_seen_at,
            visitors.first_ip_hash,
            visitors.last_ip_hash,
            visitors.first_ua_hash,
            visitors.last_ua_hash,
            visitors.created_at,
            visitors.updated_at
           FROM raw.visitors
        )
 SELECT id AS visitor_id,
    first_seen_at,
    last_seen_at,
    created_at AS received_at
   FROM source;
CREATE TABLE raw.retention_purges (
    id uuid NOT NULL,
    purged_before date NOT NULL,
    partitions_dropped integer DEFAULT 0 NOT NULL,
    events_deleted bigint DEFAULT 0 NOT NULL,
    sessions_deleted bigint DEFAULT 0 NOT NULL,
    visitors_deleted bigint DEFAULT 0 NOT NULL,
    rejections_deleted bigint DEFAULT 0 NOT NULL,
    duplicates_deleted bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone
);
COMMENT ON COLUMN raw.retention_purges.purged_before IS 'Raw events of earlier UTC days are gone. Written before the first of them is deleted.';
COMMENT ON COLUMN raw.retention_purges.finished_at IS 'Null while the purge runs, and for good where it was interrupted.';
CREATE VIEW analytics_state.raw_horizon AS
 SELECT COALESCE(max(purged_before), '-infinity'::date) AS held_from
   FROM raw.retention_purges;
CREATE TABLE analytics_state.rollup_builds (
    invocation_id text NOT NULL,
    cutoff timestamp with time zone NOT NULL,
    snapshot pg_snapshot NOT NULL,
    started_at timestamp with time zone NOT NULL
);
CREATE TABLE analytics_state.rollup_touched_days (
    invocation_id text NOT NULL,
    mart text NOT NULL,
    day date NOT NULL,
    cutoff timestamp with time zone NOT NULL
);
CREATE TABLE raw.consent_events (
    id uuid NOT NULL,
    lead_id uuid,
    consent_status raw.consent_status NOT NULL,
    source_channel character varying(128),
    occurred_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE raw.erasures (
    id uuid NOT NULL,
    touched_days date[] NOT NULL,
    events_deleted bigint DEFAULT 0 NOT NULL,
    sessions_deleted bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);
COMMENT ON COLUMN raw.erasures.touched_days IS 'UTC days on which the visitor had events, submissions or sessions in raw.';
CREATE TABLE raw.events_2026_06 (
    "timestamp" timestamp with time zone CONSTRAINT events_timestamp_not_null NOT NULL,
    created_at timestamp with time zone DEFAULT now() CONSTRAINT events_created_at_not_null NOT NULL,
    id uuid CONSTRAINT events_id_not_null NOT NULL,
    visitor_id uuid CONSTRAINT events_visitor_id_not_null NOT NULL,
    session_id uuid,
    occurred_on date CONSTRAINT events_occurred_on_not_null NOT NULL,
    traffic_source raw.traffic_source DEFAULT 'unknown'::raw.traffic_source CONSTRAINT events_traffic_source_not_null NOT NULL,
    device_type raw.device_type DEFAULT 'unknown'::raw.device_type CONSTRAINT events_device_type_not_null NOT NULL,
    is_entrance boolean DEFAULT false CONSTRAINT events_is_entrance_not_null NOT NULL,
    is_exit boolean DEFAULT false CONSTRAINT events_is_exit_not_null NOT NULL,
    is_conversion boolean DEFAULT false CONSTRAINT events_is_conversion_not_null NOT NULL,
    country_code character varying(2),
    dedupe_key character varying(64) CONSTRAINT events_dedupe_key_not_null NOT NULL,
    event_type character varying(64) CONSTRAINT events_event_type_not_null NOT NULL,
    property_id character varying(128) DEFAULT 'default'::character varying CONSTRAINT events_property_id_not_null NOT NULL,
    path character varying(2048),
    ip_hash character varying(64),
    ua_hash character varying(64),
    referrer character varying(2048),
    utm jsonb,
    props jsonb,
    CONSTRAINT events_occurred_on_is_utc_day CHECK ((occurred_on = (("timestamp" AT TIME ZONE 'UTC'::text))::date))
)
WITH (autovacuum_analyze_scale_factor='0.01');
CREATE TABLE raw.lead_identities (
    id uuid NOT NULL,
    lead_id uuid NOT NULL,
    visitor_id uuid NOT NULL,
    link_source raw.link_source NOT NULL,
    confidence numeric(4,3) NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT lead_identities_confidence_is_a_share CHECK (((confidence >= (0)::numeric) AND (confidence <= (1)::numeric)))
);
CREATE TABLE raw.leads (
    id uuid NOT NULL,
    email character varying(320) NOT NULL,
    consent_status raw.consent_status DEFAULT 'pending'::raw.consent_status NOT NULL,
    source_channel character varying(128),
    first_captured_at timestamp with time zone NOT NULL,
    last_captured_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT leads_email_is_normalised CHECK (((email)::text = lower(btrim((email)::text))))
);
CREATE TABLE raw.schema_version (
    version character varying(64) NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);
COMMENT ON COLUMN raw.schema_version.version IS 'SHA-256 of the DDL that was applied.';
ALTER TABLE ONLY raw.events ATTACH PARTITION raw.events_2026_06 FOR VALUES FROM ('2026-06-01') TO ('2026-07-01');
COPY analytics.daily_campaigns (property_id, day, utm_source, utm_medium, utm_campaign, sessions, visitors, page_views, conversions, converted_sessions, conversion_rate, generated_at) FROM stdin;
docs.example	2026-06-01	list	email	(not set)	1	1	2	1	1	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	list	email	(not set)	1	1	2	1	1	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	google	cpc	spring	1	1	2	1	1	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	list	email	(not set)	1	1	2	1	1	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	google	cpc	spring	1	1	2	1	1	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	list	email	(not set)	1	1	2	1	1	1	2026-06-08 09:48:28.280063+00
\.
COPY analytics.daily_countries (property_id, day, country_code, events, page_views, visitors, entrances, conversions, generated_at) FROM stdin;
shop.example	2026-06-06	FR	4	3	2	2	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	DE	3	2	1	1	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	DE	3	2	1	1	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	DE	1	1	1	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	FR	2	1	1	0	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	FR	1	1	1	0	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	FR	1	0	1	0	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	DE	2	1	1	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	DE	4	3	2	1	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	FR	2	1	1	1	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	DE	3	2	1	1	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	FR	1	0	1	0	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	DE	2	1	1	1	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	DE	2	2	1	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	FR	1	1	1	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	DE	2	2	1	1	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	DE	2	1	2	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-05	DE	2	2	1	1	0	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	FR	5	3	2	2	2	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	DE	1	1	1	0	0	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	FR	1	0	1	0	1	2026-06-08 09:49:00.739429+00
\.
COPY analytics.daily_devices (property_id, day, device_type, events, page_views, visitors, entrances, conversions, generated_at) FROM stdin;
docs.example	2026-06-06	mobile	2	1	1	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	mobile	2	1	1	1	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	desktop	2	2	1	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	mobile	3	2	1	1	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	mobile	1	0	1	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	mobile	2	2	1	1	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	mobile	4	2	2	1	2	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	desktop	1	0	1	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	mobile	4	3	2	2	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	desktop	2	1	1	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	desktop	1	1	1	0	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	desktop	3	2	1	1	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	desktop	3	2	1	1	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	mobile	1	0	1	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	desktop	2	2	1	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	desktop	2	2	1	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	desktop	1	1	1	1	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-05	mobile	1	0	1	0	1	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	desktop	2	2	1	1	0	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	mobile	5	3	2	2	2	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	desktop	1	1	1	0	0	2026-06-08 09:49:00.739429+00
\.
COPY analytics.daily_event_types (property_id, day, event_type, events, visitors, conversions, generated_at) FROM stdin;
shop.example	2026-06-03	cta_click	1	1	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	cta_click	1	1	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	page_view	2	1	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	page_view	2	1	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	page_view	2	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	page_view	2	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	cta_click	1	1	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	page_view	2	1	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	cta_click	1	1	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	cta_click	1	1	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	cta_click	2	2	2	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	page_view	2	1	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	page_view	4	2	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	page_view	2	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	page_view	2	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	cta_click	1	1	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	cta_click	2	2	2	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	cta_click	1	1	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	cta_click	1	1	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	page_view	4	2	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-05	page_view	2	1	0	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	cta_click	1	1	1	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	page_view	4	2	0	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	cta_click	2	2	2	2026-06-08 09:49:00.739429+00
\.
COPY analytics.daily_ingest_rollups (property_id, day, events_accepted, events_duplicate, events_rejected, leads_accepted, leads_rejected, p95_ttfb_ms, ttfb_samples, error_breakdown, generated_at) FROM stdin;
docs.example	2026-06-03	3	0	0	0	0	1061	2	{}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	3	0	2	1	0	1190	2	{"validation": 2}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	6	0	0	0	0	1748	4	{}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	3	0	0	0	0	1827	2	{}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	3	0	0	0	0	1654	2	{}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	3	0	0	0	0	1909	2	{}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	3	0	0	0	0	1431	2	{}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	3	0	0	0	0	1902	2	{}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	6	0	0	0	1	1021	4	{}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	3	0	0	0	1	1100	2	{}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-05	6	0	0	1	0	1805	4	{}	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	3	2	3	1	0	1009	2	{"validation": 3}	2026-06-08 09:49:00.739429+00
\.
COPY analytics.daily_landing_paths (property_id, day, path, entrances, visitors, conversions, conversion_rate, generated_at) FROM stdin;
docs.example	2026-06-01	/"q"	1	1	0	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	/ähre	1	1	0	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	/ähre	1	1	0	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	/	1	1	0	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	/	1	1	0	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	/a	1	1	1	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	/a	1	1	0	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	/ähre	1	1	1	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	/"q"	1	1	1	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	/ähre	1	1	0	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	/	1	1	0	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	/ähre	1	1	0	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-05	/"q"	1	1	2	2	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	/a	1	1	0	0	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	/a	1	1	1	1	2026-06-08 09:49:00.739429+00
\.
COPY analytics.daily_metric_rollups (property_id, day, unique_visitors, returning_visitors, total_page_views, total_entrances, total_exits, total_conversions, form_starts, form_submits, new_leads, time_to_first_capture_sum_ms, time_to_first_capture_count, traffic_source_breakdown, top_landing_paths, generated_at) FROM stdin;
docs.example	2026-06-01	1	0	2	1	0	1	0	0	0	0	0	{"email": 1, "direct": 2}	[{"path": "/\\"q\\"", "entrances": 1, "conversions": 0, "conversionRate": 0}]	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	1	0	2	1	0	1	0	0	0	0	0	{"direct": 2, "organic_search": 1}	[{"path": "/ähre", "entrances": 1, "conversions": 0, "conversionRate": 0}]	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	1	0	2	1	0	1	0	0	0	0	0	{"email": 1, "direct": 2}	[{"path": "/ähre", "entrances": 1, "conversions": 0, "conversionRate": 0}]	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	1	0	2	1	0	1	0	0	0	0	0	{"direct": 3}	[{"path": "/", "entrances": 1, "conversions": 0, "conversionRate": 0}]	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	1	1	2	1	0	1	0	0	0	0	0	{"direct": 3}	[{"path": "/", "entrances": 1, "conversions": 0, "conversionRate": 0}]	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	1	0	2	1	0	1	0	0	0	0	0	{"direct": 2, "paid_search": 1}	[{"path": "/a", "entrances": 1, "conversions": 1, "conversionRate": 1}]	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	1	0	2	1	0	1	0	0	1	7200000	1	{"direct": 3}	[{"path": "/a", "entrances": 1, "conversions": 0, "conversionRate": 0}]	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	1	0	2	1	0	1	0	0	0	0	0	{"email": 1, "direct": 2}	[{"path": "/ähre", "entrances": 1, "conversions": 1, "conversionRate": 1}]	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	2	0	4	2	0	2	0	0	0	0	0	{"direct": 6}	[{"path": "/\\"q\\"", "entrances": 1, "conversions": 1, "conversionRate": 1}, {"path": "/ähre", "entrances": 1, "conversions": 0, "conversionRate": 0}]	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	2	2	4	2	0	2	0	0	0	0	0	{"email": 1, "direct": 4, "paid_search": 1}	[{"path": "/", "entrances": 1, "conversions": 0, "conversionRate": 0}, {"path": "/ähre", "entrances": 1, "conversions": 0, "conversionRate": 0}]	2026-06-08 09:48:28.280063+00
docs.example	2026-06-05	2	2	4	2	0	2	0	0	1	93600000	1	{"direct": 5, "organic_search": 1}	[{"path": "/\\"q\\"", "entrances": 1, "conversions": 2, "conversionRate": 2}, {"path": "/a", "entrances": 1, "conversions": 0, "conversionRate": 0}]	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	1	1	2	1	0	1	0	0	1	93600000	1	{"direct": 2, "organic_search": 1}	[{"path": "/a", "entrances": 1, "conversions": 1, "conversionRate": 1}]	2026-06-08 09:49:00.739429+00
\.
COPY analytics.daily_new_leads (property_id, day, new_leads, time_to_first_capture_sum_ms, generated_at) FROM stdin;
	2026-06-02	1	7200000	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	1	7200000	2026-06-08 09:48:28.280063+00
	2026-06-05	1	93600000	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	1	93600000	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	1	93600000	2026-06-08 09:49:00.739429+00
\.
COPY analytics.daily_pages (property_id, day, path, views, visitors, entering_visitors, entrances, exits, conversions, engaged_samples, median_engaged_ms, scroll_samples, scroll_percent_sum, mean_scroll_percent, generated_at) FROM stdin;
docs.example	2026-06-01	/"q"	2	1	1	1	0	0	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	/a	0	1	0	0	0	1	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	/	1	1	0	0	0	0	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	/"q"	0	1	0	0	0	1	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	/ähre	1	1	1	1	0	0	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	/"q"	1	1	0	0	0	1	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	/ähre	1	1	1	1	0	0	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	/	1	1	1	1	0	0	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	/"q"	1	1	0	0	0	1	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	/	2	1	1	1	0	0	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	/a	0	1	0	0	0	1	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	/	1	1	0	0	0	0	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	/a	1	1	1	1	0	1	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	/"q"	1	1	0	0	0	0	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	/a	1	1	1	1	0	0	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	/ähre	0	1	0	0	0	1	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	/a	1	1	0	0	0	0	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	/ähre	1	1	1	1	0	1	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	/	0	1	0	0	0	1	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	/"q"	2	2	1	1	0	1	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	/ähre	2	2	1	1	0	0	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	/	2	2	1	1	0	0	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	/"q"	0	1	0	0	0	1	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	/a	1	1	0	0	0	1	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	/ähre	1	1	1	1	0	0	0	\N	0	0	\N	2026-06-08 09:48:28.280063+00
docs.example	2026-06-05	/"q"	1	2	1	1	0	2	0	\N	0	0	\N	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	/a	2	2	1	1	0	0	0	\N	0	0	\N	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	/ähre	1	1	0	0	0	0	0	\N	0	0	\N	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	/a	2	1	1	1	0	1	0	\N	0	0	\N	2026-06-08 09:49:00.739429+00
\.
COPY analytics.daily_traffic_sources (property_id, day, traffic_source, events, page_views, visitors, entrances, conversions, generated_at) FROM stdin;
shop.example	2026-06-01	paid_search	1	1	1	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	email	1	1	1	1	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	paid_search	1	1	1	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	direct	3	2	1	1	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	email	1	1	1	1	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	direct	2	1	1	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	direct	6	4	2	2	2	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	direct	4	2	2	0	2	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	email	1	1	1	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	organic_search	1	1	1	1	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	direct	3	2	1	1	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	email	1	1	1	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	direct	3	2	1	1	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	direct	2	1	1	0	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	direct	2	1	1	0	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	direct	2	1	1	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	direct	2	1	1	0	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-05	direct	5	3	2	1	2	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	organic_search	1	1	1	1	0	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	organic_search	1	1	1	1	0	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	direct	2	1	1	0	1	2026-06-08 09:49:00.739429+00
\.
COPY analytics.daily_web_vitals (property_id, day, device_type, vital, samples, p50, p75, p95, good_samples, needs_improvement_samples, poor_samples, good_share, needs_improvement_share, poor_share, generated_at) FROM stdin;
docs.example	2026-06-01	desktop	ttfb	2	1112.5	1551.25	1902.25	1	0	1	0.5	0	0.5	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	mobile	ttfb	2	1055.5	1484.25	1827.25	1	0	1	0.5	0	0.5	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	desktop	ttfb	2	1324	1383.5	1431.1	0	2	0	0	1	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	desktop	ttfb	2	931	1075	1190.1999999999998	1	1	0	0.5	0.5	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	desktop	ttfb	2	729.5	913.75	1061.15	1	1	0	0.5	0.5	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	desktop	ttfb	1	1226	1226	1226	0	1	0	0	1	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	mobile	ttfb	1	1676	1676	1676	0	1	0	0	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	mobile	ttfb	2	1304	1640	1908.8	1	0	1	0.5	0	0.5	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	desktop	ttfb	2	1243.5	1433.25	1585.05	0	2	0	0	1	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	mobile	ttfb	2	1518.5	1644.25	1744.85	0	2	0	0	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	mobile	ttfb	1	194	194	194	1	0	0	1	0	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	desktop	ttfb	1	952	952	952	0	1	0	0	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	desktop	ttfb	1	1148	1148	1148	0	1	0	0	1	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	mobile	ttfb	3	301	667	959.8	2	1	0	0.6666666666666666	0.3333333333333333	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-05	mobile	ttfb	3	1496	1677.5	1822.7	0	2	1	0	0.6666666666666666	0.3333333333333333	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	desktop	ttfb	1	985	985	985	0	1	0	0	1	0	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	desktop	ttfb	2	701	872	1008.8	1	1	0	0.5	0.5	0	2026-06-08 09:49:00.739429+00
\.
COPY analytics.rollup_reconciliation (property_id, day, measure, rollup_value, raw_value, difference, status, checked_at, generated_at) FROM stdin;
docs.example	2026-06-01	events_accepted	3	3	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	events_duplicate	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	events_rejected	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	form_starts	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	form_submits	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	leads_accepted	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	leads_rejected	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	new_leads	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	p95_ttfb_ms	1902	1902	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	returning_visitors	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	time_to_first_capture_count	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	time_to_first_capture_sum_ms	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	top_landing_paths.entrances	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	total_conversions	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	total_entrances	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	total_exits	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	total_page_views	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	traffic_source_breakdown.direct	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	traffic_source_breakdown.email	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	ttfb_samples	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	unique_visitors	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	events_accepted	3	3	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	events_duplicate	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	events_rejected	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	form_starts	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	form_submits	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	leads_accepted	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	leads_rejected	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	new_leads	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	p95_ttfb_ms	1431	1431	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	returning_visitors	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	time_to_first_capture_count	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	time_to_first_capture_sum_ms	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	top_landing_paths.entrances	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	total_conversions	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	total_entrances	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	total_exits	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	total_page_views	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	traffic_source_breakdown.direct	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	traffic_source_breakdown.organic_search	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	ttfb_samples	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	unique_visitors	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	events_accepted	3	3	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	events_duplicate	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	events_rejected	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	form_starts	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	form_submits	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	leads_accepted	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	leads_rejected	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	new_leads	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	p95_ttfb_ms	1061	1061	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	returning_visitors	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	time_to_first_capture_count	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	time_to_first_capture_sum_ms	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	top_landing_paths.entrances	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	total_conversions	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	total_entrances	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	total_exits	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	total_page_views	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	traffic_source_breakdown.direct	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	traffic_source_breakdown.email	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	ttfb_samples	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	unique_visitors	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	events_accepted	3	3	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	events_duplicate	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	events_rejected	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	form_starts	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	form_submits	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	leads_accepted	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	leads_rejected	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	new_leads	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	p95_ttfb_ms	1909	1909	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	returning_visitors	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	time_to_first_capture_count	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	time_to_first_capture_sum_ms	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	top_landing_paths.entrances	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	total_conversions	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	total_entrances	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	total_exits	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	total_page_views	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	traffic_source_breakdown.direct	3	3	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	ttfb_samples	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	unique_visitors	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	events_accepted	3	3	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	events_duplicate	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	events_rejected	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	form_starts	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	form_submits	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	leads_accepted	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	leads_rejected	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	new_leads	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	p95_ttfb_ms	1100	1100	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	returning_visitors	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	time_to_first_capture_count	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	time_to_first_capture_sum_ms	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	top_landing_paths.entrances	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	total_conversions	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	total_entrances	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	total_exits	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	total_page_views	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	traffic_source_breakdown.direct	3	3	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	ttfb_samples	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	unique_visitors	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	events_accepted	3	3	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	events_duplicate	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	events_rejected	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	form_starts	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	form_submits	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	leads_accepted	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	leads_rejected	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	new_leads	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	p95_ttfb_ms	1827	1827	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	returning_visitors	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	time_to_first_capture_count	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	time_to_first_capture_sum_ms	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	top_landing_paths.entrances	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	total_conversions	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	total_entrances	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	total_exits	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	total_page_views	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	traffic_source_breakdown.direct	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	traffic_source_breakdown.paid_search	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	ttfb_samples	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	unique_visitors	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	error_breakdown.validation	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	events_accepted	3	3	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	events_duplicate	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	events_rejected	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	form_starts	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	form_submits	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	leads_accepted	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	leads_rejected	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	new_leads	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	p95_ttfb_ms	1190	1190	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	returning_visitors	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	time_to_first_capture_count	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	time_to_first_capture_sum_ms	7200000	7200000	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	top_landing_paths.entrances	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	total_conversions	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	total_entrances	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	total_exits	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	total_page_views	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	traffic_source_breakdown.direct	3	3	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	ttfb_samples	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	unique_visitors	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	events_accepted	3	3	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	events_duplicate	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	events_rejected	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	form_starts	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	form_submits	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	leads_accepted	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	leads_rejected	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	new_leads	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	p95_ttfb_ms	1654	1654	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	returning_visitors	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	time_to_first_capture_count	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	time_to_first_capture_sum_ms	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	top_landing_paths.entrances	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	total_conversions	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	total_entrances	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	total_exits	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	total_page_views	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	traffic_source_breakdown.direct	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	traffic_source_breakdown.email	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	ttfb_samples	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	unique_visitors	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	events_accepted	6	6	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	events_duplicate	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	events_rejected	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	form_starts	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	form_submits	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	leads_accepted	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	leads_rejected	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	new_leads	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	p95_ttfb_ms	1748	1748	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	returning_visitors	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	time_to_first_capture_count	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	time_to_first_capture_sum_ms	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	top_landing_paths.entrances	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	total_conversions	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	total_entrances	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	total_exits	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	total_page_views	4	4	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	traffic_source_breakdown.direct	6	6	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	ttfb_samples	4	4	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	unique_visitors	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	events_accepted	6	6	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	events_duplicate	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	events_rejected	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	form_starts	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	form_submits	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	leads_accepted	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	leads_rejected	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	new_leads	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	p95_ttfb_ms	1021	1021	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	returning_visitors	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	time_to_first_capture_count	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	time_to_first_capture_sum_ms	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	top_landing_paths.entrances	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	total_conversions	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	total_entrances	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	total_exits	0	0	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	total_page_views	4	4	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	traffic_source_breakdown.direct	4	4	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	traffic_source_breakdown.email	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	traffic_source_breakdown.paid_search	1	1	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	ttfb_samples	4	4	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	unique_visitors	2	2	0	equal	2026-06-08 09:48:28.280063+00	2026-06-08 09:48:28.280063+00
docs.example	2026-06-05	new_leads	1	1	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	form_starts	0	0	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	total_exits	0	0	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	form_submits	0	0	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	total_entrances	2	2	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	unique_visitors	2	2	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	total_page_views	4	4	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	total_conversions	2	2	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	returning_visitors	2	2	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	time_to_first_capture_count	1	1	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	time_to_first_capture_sum_ms	93600000	93600000	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	new_leads	1	1	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	form_starts	0	0	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	total_exits	0	0	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	form_submits	0	0	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	total_entrances	1	1	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	unique_visitors	1	1	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	total_page_views	2	2	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	total_conversions	1	1	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	returning_visitors	1	1	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	time_to_first_capture_count	1	1	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	time_to_first_capture_sum_ms	93600000	93600000	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	p95_ttfb_ms	1805	1805	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	ttfb_samples	4	4	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	leads_accepted	1	1	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	leads_rejected	0	0	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	events_accepted	6	6	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	events_rejected	0	0	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	events_duplicate	0	0	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	p95_ttfb_ms	1009	1009	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	ttfb_samples	2	2	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	leads_accepted	1	1	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	leads_rejected	0	0	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	events_accepted	3	3	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	events_rejected	3	3	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	events_duplicate	2	2	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	traffic_source_breakdown.direct	5	5	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	traffic_source_breakdown.organic_search	1	1	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	traffic_source_breakdown.direct	2	2	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	traffic_source_breakdown.organic_search	1	1	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	error_breakdown.validation	3	3	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	top_landing_paths.entrances	2	2	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	top_landing_paths.entrances	1	1	0	equal	2026-06-08 09:49:00.739429+00	2026-06-08 09:49:00.739429+00
\.
COPY analytics.sessions (session_id, visitor_id, property_id, day, started_at, ended_at, duration_ms, entry_path, exit_path, events, page_views, conversions, engaged_ms, is_bounce, is_converted, traffic_source, device_type, country_code, referrer, utm_source, utm_medium, utm_campaign, generated_at) FROM stdin;
01a2218d-fde5-7584-956c-5ee0eab78716	88726931-cb5f-50cc-9653-ec9d3b121253	shop.example	2026-06-01	2026-06-01 10:00:00+00	2026-06-01 10:09:00+00	540000	/a	/a	3	2	1	0	f	t	paid_search	mobile	DE	\N	google	cpc	spring	2026-06-08 09:48:28.280063+00
01a2218d-fdf9-72cf-814c-963083f23488	7a09f227-d7c4-56da-943f-58df956c4ca6	docs.example	2026-06-01	2026-06-01 11:00:00+00	2026-06-01 11:09:00+00	540000	/"q"	/a	3	2	1	0	f	t	email	desktop	DE	\N	list	email	\N	2026-06-08 09:48:28.280063+00
01a2218d-fe08-741f-a665-368221b3961d	1721fc67-10a8-5099-b935-94d72637dc90	shop.example	2026-06-02	2026-06-02 10:00:00+00	2026-06-02 10:09:00+00	540000	/a	/ähre	3	2	1	0	f	t	direct	desktop	DE	\N	\N	\N	\N	2026-06-08 09:48:28.280063+00
01a2218d-fe1c-7601-bd85-a5637e28f016	784a6b01-7b0a-59f0-9cd5-d1c0c56df1c8	docs.example	2026-06-02	2026-06-02 11:00:00+00	2026-06-02 11:09:00+00	540000	/ähre	/"q"	3	2	1	0	f	t	organic_search	desktop	DE	https://www.google.de/search?q=x	\N	\N	\N	2026-06-08 09:48:28.280063+00
01a2218d-fe26-74cd-96fa-d99a5eb22a0b	46c67209-b14e-5d04-80c2-5dd67f3f00d0	shop.example	2026-06-03	2026-06-03 10:00:00+00	2026-06-03 10:09:00+00	540000	/ähre	/ähre	3	2	1	0	f	t	email	mobile	DE	\N	list	email	\N	2026-06-08 09:48:28.280063+00
01a2218d-fe36-7694-9dd7-e78bd6c32e61	1e8b837a-b0f9-5142-83ee-ee271f32bbeb	docs.example	2026-06-03	2026-06-03 11:00:00+00	2026-06-03 11:09:00+00	540000	/ähre	/"q"	3	2	1	0	f	t	email	desktop	DE	\N	list	email	\N	2026-06-08 09:48:28.280063+00
01a2218d-fe3e-75ca-8f8a-81a37eb6e7ab	b5518d91-e027-518d-a87e-f28a90be05c4	shop.example	2026-06-04	2026-06-04 10:00:00+00	2026-06-04 10:09:00+00	540000	/ähre	/	3	2	1	0	f	t	direct	mobile	FR	\N	\N	\N	\N	2026-06-08 09:48:28.280063+00
01a2218d-fe4b-7163-8f6e-f7d1be5e96e5	56c853d4-0e78-5747-8955-228f36437263	docs.example	2026-06-04	2026-06-04 11:00:00+00	2026-06-04 11:09:00+00	540000	/	/"q"	3	2	1	0	f	t	direct	mobile	FR	\N	\N	\N	\N	2026-06-08 09:48:28.280063+00
01a2218d-fe52-746c-a5cc-3736c21ae658	d908bf96-2514-54f1-a114-1038869a0b7d	shop.example	2026-06-04	2026-06-04 12:00:00+00	2026-06-04 12:09:00+00	540000	/"q"	/"q"	3	2	1	0	f	t	direct	desktop	DE	\N	\N	\N	\N	2026-06-08 09:48:28.280063+00
01a2218d-fe83-73b6-9250-949097af4b15	b5518d91-e027-518d-a87e-f28a90be05c4	shop.example	2026-06-06	2026-06-06 10:00:00+00	2026-06-06 10:09:00+00	540000	/	/a	3	2	1	0	f	t	email	mobile	FR	\N	list	email	\N	2026-06-08 09:48:28.280063+00
01a2218d-fe8e-702c-b108-3b87e4d0023b	56c853d4-0e78-5747-8955-228f36437263	docs.example	2026-06-06	2026-06-06 11:00:00+00	2026-06-06 11:09:00+00	540000	/	/a	3	2	1	0	f	t	direct	desktop	DE	\N	\N	\N	\N	2026-06-08 09:48:28.280063+00
01a2218d-fe94-7139-b87e-4b6c51111296	d908bf96-2514-54f1-a114-1038869a0b7d	shop.example	2026-06-06	2026-06-06 12:00:00+00	2026-06-06 12:09:00+00	540000	/ähre	/"q"	3	2	1	0	f	t	paid_search	mobile	FR	\N	google	cpc	spring	2026-06-08 09:48:28.280063+00
01a2218d-fe65-73c2-abbd-a286b7c26352	b5518d91-e027-518d-a87e-f28a90be05c4	docs.example	2026-06-05	2026-06-05 10:00:00+00	2026-06-05 10:09:00+00	540000	/"q"	/"q"	3	2	1	0	f	t	organic_search	mobile	FR	https://www.google.de/search?q=x	\N	\N	\N	2026-06-08 09:49:00.739429+00
01a2218d-fe75-71be-a017-6e653f69aca7	56c853d4-0e78-5747-8955-228f36437263	shop.example	2026-06-05	2026-06-05 11:00:00+00	2026-06-05 11:09:00+00	540000	/a	/a	3	2	1	0	f	t	organic_search	desktop	DE	https://www.google.de/search?q=x	\N	\N	\N	2026-06-08 09:49:00.739429+00
01a2218d-fe7a-71e3-b798-99cd205d57d5	d908bf96-2514-54f1-a114-1038869a0b7d	docs.example	2026-06-05	2026-06-05 12:00:00+00	2026-06-05 12:09:00+00	540000	/a	/"q"	3	2	1	0	f	t	direct	mobile	FR	\N	\N	\N	\N	2026-06-08 09:49:00.739429+00
\.
COPY analytics.visitor_days (property_id, day, visitor_id, is_returning, events, page_views, entrances, exits, conversions, generated_at) FROM stdin;
shop.example	2026-06-03	46c67209-b14e-5d04-80c2-5dd67f3f00d0	f	3	2	1	0	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	7a09f227-d7c4-56da-943f-58df956c4ca6	f	3	2	1	0	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	784a6b01-7b0a-59f0-9cd5-d1c0c56df1c8	f	3	2	1	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	d908bf96-2514-54f1-a114-1038869a0b7d	f	3	2	1	0	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	56c853d4-0e78-5747-8955-228f36437263	t	3	2	1	0	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	56c853d4-0e78-5747-8955-228f36437263	f	3	2	1	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	b5518d91-e027-518d-a87e-f28a90be05c4	t	3	2	1	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	88726931-cb5f-50cc-9653-ec9d3b121253	f	3	2	1	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	d908bf96-2514-54f1-a114-1038869a0b7d	t	3	2	1	0	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	1e8b837a-b0f9-5142-83ee-ee271f32bbeb	f	3	2	1	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	1721fc67-10a8-5099-b935-94d72637dc90	f	3	2	1	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	b5518d91-e027-518d-a87e-f28a90be05c4	f	3	2	1	0	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-05	b5518d91-e027-518d-a87e-f28a90be05c4	t	3	2	1	0	1	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	56c853d4-0e78-5747-8955-228f36437263	t	3	2	1	0	1	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	d908bf96-2514-54f1-a114-1038869a0b7d	t	3	2	1	0	1	2026-06-08 09:49:00.739429+00
\.
COPY analytics.visitor_recency (property_id, day, previous_day, visitors, returning_visitors, generated_at) FROM stdin;
shop.example	2026-06-06	0001-01-01	0	2	2026-06-08 09:48:28.280063+00
	2026-06-01	0001-01-01	2	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	0001-01-01	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	0001-01-01	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	0001-01-01	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	0001-01-01	1	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	0001-01-01	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	0001-01-01	1	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	2026-06-04	2	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	0001-01-01	1	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	0001-01-01	2	0	2026-06-08 09:48:28.280063+00
	2026-06-03	0001-01-01	2	0	2026-06-08 09:48:28.280063+00
	2026-06-02	0001-01-01	2	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	0001-01-01	1	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	2026-06-04	1	0	2026-06-08 09:48:28.280063+00
	2026-06-06	2026-06-05	3	3	2026-06-08 09:48:28.280063+00
	2026-06-04	0001-01-01	3	0	2026-06-08 09:48:28.280063+00
	2026-06-05	0001-01-01	0	3	2026-06-08 09:49:00.739429+00
	2026-06-05	2026-06-04	3	0	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	0001-01-01	2	2	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	0001-01-01	1	1	2026-06-08 09:49:00.739429+00
\.
COPY analytics.visitor_segments (property_id, day, visitor_id, event_type, traffic_source, device_type, country_code, is_returning, events, entrances, exits, conversions, generated_at) FROM stdin;
shop.example	2026-06-01	88726931-cb5f-50cc-9653-ec9d3b121253	cta_click	direct	desktop	DE	f	1	0	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	88726931-cb5f-50cc-9653-ec9d3b121253	page_view	direct	mobile	DE	f	1	0	0	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	88726931-cb5f-50cc-9653-ec9d3b121253	page_view	paid_search	mobile	DE	f	1	1	0	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	7a09f227-d7c4-56da-943f-58df956c4ca6	page_view	direct	desktop	DE	f	1	0	0	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	7a09f227-d7c4-56da-943f-58df956c4ca6	page_view	email	desktop	DE	f	1	1	0	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	7a09f227-d7c4-56da-943f-58df956c4ca6	cta_click	direct	desktop	FR	f	1	0	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	1721fc67-10a8-5099-b935-94d72637dc90	cta_click	direct	desktop	DE	f	1	0	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	1721fc67-10a8-5099-b935-94d72637dc90	page_view	direct	desktop	DE	f	2	1	0	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	784a6b01-7b0a-59f0-9cd5-d1c0c56df1c8	page_view	organic_search	desktop	DE	f	1	1	0	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	784a6b01-7b0a-59f0-9cd5-d1c0c56df1c8	page_view	direct	desktop	FR	f	1	0	0	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	784a6b01-7b0a-59f0-9cd5-d1c0c56df1c8	cta_click	direct	mobile	FR	f	1	0	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	46c67209-b14e-5d04-80c2-5dd67f3f00d0	page_view	direct	desktop	DE	f	1	0	0	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	46c67209-b14e-5d04-80c2-5dd67f3f00d0	cta_click	direct	mobile	FR	f	1	0	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	46c67209-b14e-5d04-80c2-5dd67f3f00d0	page_view	email	mobile	DE	f	1	1	0	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	1e8b837a-b0f9-5142-83ee-ee271f32bbeb	page_view	direct	desktop	FR	f	1	0	0	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	1e8b837a-b0f9-5142-83ee-ee271f32bbeb	cta_click	direct	mobile	DE	f	1	0	0	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	1e8b837a-b0f9-5142-83ee-ee271f32bbeb	page_view	email	desktop	DE	f	1	1	0	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	b5518d91-e027-518d-a87e-f28a90be05c4	cta_click	direct	desktop	FR	t	1	0	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	b5518d91-e027-518d-a87e-f28a90be05c4	page_view	direct	mobile	FR	f	1	1	0	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	b5518d91-e027-518d-a87e-f28a90be05c4	page_view	direct	desktop	DE	t	1	0	0	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	b5518d91-e027-518d-a87e-f28a90be05c4	page_view	direct	mobile	DE	f	1	0	0	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	b5518d91-e027-518d-a87e-f28a90be05c4	page_view	email	mobile	FR	t	1	1	0	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	b5518d91-e027-518d-a87e-f28a90be05c4	cta_click	direct	mobile	FR	f	1	0	0	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	56c853d4-0e78-5747-8955-228f36437263	cta_click	direct	mobile	DE	f	1	0	0	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	56c853d4-0e78-5747-8955-228f36437263	page_view	direct	mobile	FR	f	1	1	0	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	56c853d4-0e78-5747-8955-228f36437263	cta_click	direct	mobile	DE	t	1	0	0	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	56c853d4-0e78-5747-8955-228f36437263	page_view	direct	desktop	DE	t	1	1	0	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	56c853d4-0e78-5747-8955-228f36437263	page_view	direct	mobile	DE	f	1	0	0	0	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	56c853d4-0e78-5747-8955-228f36437263	page_view	direct	mobile	DE	t	1	0	0	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	d908bf96-2514-54f1-a114-1038869a0b7d	page_view	paid_search	mobile	FR	t	1	1	0	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	d908bf96-2514-54f1-a114-1038869a0b7d	cta_click	direct	mobile	DE	f	1	0	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	d908bf96-2514-54f1-a114-1038869a0b7d	page_view	direct	mobile	FR	t	1	0	0	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	d908bf96-2514-54f1-a114-1038869a0b7d	cta_click	direct	mobile	DE	t	1	0	0	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	d908bf96-2514-54f1-a114-1038869a0b7d	page_view	direct	desktop	DE	f	2	1	0	0	2026-06-08 09:48:28.280063+00
shop.example	2026-06-05	56c853d4-0e78-5747-8955-228f36437263	page_view	organic_search	desktop	DE	t	1	1	0	0	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	56c853d4-0e78-5747-8955-228f36437263	page_view	direct	desktop	DE	t	1	0	0	0	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	56c853d4-0e78-5747-8955-228f36437263	cta_click	direct	mobile	FR	t	1	0	0	1	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	d908bf96-2514-54f1-a114-1038869a0b7d	page_view	direct	mobile	FR	t	1	1	0	0	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	d908bf96-2514-54f1-a114-1038869a0b7d	page_view	direct	desktop	DE	t	1	0	0	0	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	d908bf96-2514-54f1-a114-1038869a0b7d	cta_click	direct	mobile	FR	t	1	0	0	1	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	b5518d91-e027-518d-a87e-f28a90be05c4	page_view	organic_search	mobile	FR	t	1	1	0	0	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	b5518d91-e027-518d-a87e-f28a90be05c4	page_view	direct	mobile	FR	t	1	0	0	0	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	b5518d91-e027-518d-a87e-f28a90be05c4	cta_click	direct	mobile	FR	t	1	0	0	1	2026-06-08 09:49:00.739429+00
\.
COPY analytics.web_vital_buckets (property_id, day, device_type, vital, bucket, samples, bucket_values, bucket_samples, generated_at) FROM stdin;
docs.example	2026-06-01		ttfb	3	1	{235}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-03	desktop	ttfb	5	1	{361}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-06	mobile	ttfb	3	1	{194}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	desktop	ttfb	19	1	{1226}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01		ttfb	3	1	{198}	{1}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04		ttfb	9	1	{632}	{1}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06		ttfb	17	1	{1148}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04		ttfb	13	1	{864}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	desktop	ttfb	13	1	{864}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-04	mobile	ttfb	27	1	{1770}	{1}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	mobile	ttfb	3	1	{194}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	mobile	ttfb	27	1	{1770}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-01		ttfb	29	1	{1913}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-04		ttfb	27	1	{1770}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	mobile	ttfb	16	1	{1033}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-02		ttfb	22	1	{1443}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-06		ttfb	17	1	{1148}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-04		ttfb	9	1	{632}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01		ttfb	29	1	{1913}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-04	mobile	ttfb	9	1	{632}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-04		ttfb	30	1	{1976}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-01		ttfb	31	1	{1990}	{1}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	desktop	ttfb	22	1	{1443}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	mobile	ttfb	29	1	{1913}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02		ttfb	19	1	{1219}	{1}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03		ttfb	17	1	{1098}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	desktop	ttfb	10	1	{643}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-06	mobile	ttfb	2	1	{177}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-01	mobile	ttfb	29	1	{1913}	{1}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	desktop	ttfb	17	1	{1098}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-04	mobile	ttfb	30	1	{1976}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-03		ttfb	19	1	{1226}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	mobile	ttfb	4	1	{301}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-06		ttfb	16	1	{1033}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-01	desktop	ttfb	3	1	{235}	{1}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	mobile	ttfb	30	1	{1976}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04		ttfb	25	1	{1623}	{1}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	desktop	ttfb	18	1	{1205}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-06	mobile	ttfb	4	1	{301}	{1}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	desktop	ttfb	5	1	{361}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	mobile	ttfb	26	1	{1676}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-03	desktop	ttfb	19	1	{1226}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03		ttfb	19	1	{1226}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-01	mobile	ttfb	3	1	{198}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-06	desktop	ttfb	17	1	{1148}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-04		ttfb	25	1	{1623}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-02	desktop	ttfb	18	1	{1205}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-06		ttfb	2	1	{177}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-04		ttfb	13	1	{864}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-06	desktop	ttfb	14	1	{952}	{1}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02		ttfb	22	1	{1443}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06		ttfb	4	1	{301}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-04	mobile	ttfb	19	1	{1267}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-01		ttfb	3	2	{198,235}	{1,1}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	desktop	ttfb	3	1	{235}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-06		ttfb	3	1	{194}	{1}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02		ttfb	18	1	{1205}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-02		ttfb	18	1	{1205}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-03		ttfb	26	1	{1676}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-02	desktop	ttfb	19	1	{1219}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-03		ttfb	17	1	{1098}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-02		ttfb	19	1	{1219}	{1}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06		ttfb	3	1	{194}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04		ttfb	27	1	{1770}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-04	desktop	ttfb	13	1	{864}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	mobile	ttfb	3	1	{198}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-04	desktop	ttfb	25	1	{1623}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06		ttfb	14	1	{952}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	desktop	ttfb	25	1	{1623}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-01	desktop	ttfb	31	1	{1990}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-06		ttfb	14	1	{952}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03		ttfb	26	1	{1676}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-06		ttfb	4	1	{301}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	mobile	ttfb	2	1	{177}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-02	desktop	ttfb	22	1	{1443}	{1}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04		ttfb	30	1	{1976}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-02	desktop	ttfb	10	1	{643}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	desktop	ttfb	19	1	{1219}	{1}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	desktop	ttfb	31	1	{1990}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	desktop	ttfb	14	1	{952}	{1}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	desktop	ttfb	17	1	{1148}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-03		ttfb	5	1	{361}	{1}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01		ttfb	31	1	{1990}	{1}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03		ttfb	5	1	{361}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04		ttfb	19	1	{1267}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02		ttfb	10	1	{643}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-06	mobile	ttfb	16	1	{1033}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06		ttfb	2	1	{177}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-03	desktop	ttfb	17	1	{1098}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-02		ttfb	10	1	{643}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-04		ttfb	19	1	{1267}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	mobile	ttfb	19	1	{1267}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-03	mobile	ttfb	26	1	{1676}	{1}	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	mobile	ttfb	9	1	{632}	{1}	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06		ttfb	16	1	{1033}	{1}	2026-06-08 09:48:28.280063+00
	2026-06-05	mobile	ttfb	20	1	{1298}	{1}	2026-06-08 09:49:00.739429+00
	2026-06-05	desktop	ttfb	15	1	{985}	{1}	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	desktop	ttfb	5	1	{359}	{1}	2026-06-08 09:49:00.739429+00
	2026-06-05		ttfb	23	1	{1496}	{1}	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	mobile	ttfb	23	1	{1496}	{1}	2026-06-08 09:49:00.739429+00
	2026-06-05		ttfb	5	1	{359}	{1}	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	desktop	ttfb	16	1	{1043}	{1}	2026-06-08 09:49:00.739429+00
	2026-06-05		ttfb	29	1	{1859}	{1}	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05		ttfb	15	1	{985}	{1}	2026-06-08 09:49:00.739429+00
	2026-06-05	mobile	ttfb	29	1	{1859}	{1}	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	mobile	ttfb	29	1	{1859}	{1}	2026-06-08 09:49:00.739429+00
	2026-06-05		ttfb	20	1	{1298}	{1}	2026-06-08 09:49:00.739429+00
	2026-06-05	desktop	ttfb	5	1	{359}	{1}	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05		ttfb	20	1	{1298}	{1}	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	mobile	ttfb	20	1	{1298}	{1}	2026-06-08 09:49:00.739429+00
	2026-06-05	mobile	ttfb	23	1	{1496}	{1}	2026-06-08 09:49:00.739429+00
	2026-06-05	desktop	ttfb	16	1	{1043}	{1}	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05		ttfb	29	1	{1859}	{1}	2026-06-08 09:49:00.739429+00
	2026-06-05		ttfb	16	1	{1043}	{1}	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05		ttfb	23	1	{1496}	{1}	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05		ttfb	16	1	{1043}	{1}	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	desktop	ttfb	15	1	{985}	{1}	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05		ttfb	5	1	{359}	{1}	2026-06-08 09:49:00.739429+00
	2026-06-05		ttfb	15	1	{985}	{1}	2026-06-08 09:49:00.739429+00
\.
COPY analytics.web_vital_distributions (property_id, day, device_type, country_code, vital, value, samples, generated_at) FROM stdin;
shop.example	2026-06-06	mobile	FR	ttfb	301	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	desktop	DE	ttfb	1098	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	mobile	FR	ttfb	177	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	desktop	DE	ttfb	1219	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	mobile	DE	ttfb	194	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	desktop	FR	ttfb	1443	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	mobile	FR	ttfb	1267	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	desktop	DE	ttfb	1226	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	mobile	FR	ttfb	632	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-03	mobile	DE	ttfb	1676	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-02	desktop	DE	ttfb	1205	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	desktop	DE	ttfb	864	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-04	mobile	DE	ttfb	1976	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-06	desktop	DE	ttfb	1148	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	desktop	DE	ttfb	1623	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	mobile	DE	ttfb	1913	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	mobile	FR	ttfb	1033	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	desktop	DE	ttfb	1990	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-04	mobile	DE	ttfb	1770	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-01	mobile	DE	ttfb	198	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-03	desktop	FR	ttfb	361	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-01	desktop	DE	ttfb	235	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-06	desktop	DE	ttfb	952	1	2026-06-08 09:48:28.280063+00
shop.example	2026-06-02	desktop	DE	ttfb	643	1	2026-06-08 09:48:28.280063+00
docs.example	2026-06-05	desktop	DE	ttfb	985	1	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	mobile	FR	ttfb	1298	1	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	mobile	FR	ttfb	1496	1	2026-06-08 09:49:00.739429+00
docs.example	2026-06-05	mobile	FR	ttfb	1859	1	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	desktop	DE	ttfb	359	1	2026-06-08 09:49:00.739429+00
shop.example	2026-06-05	desktop	DE	ttfb	1043	1	2026-06-08 09:49:00.739429+00
\.
COPY analytics_state.rollup_builds (invocation_id, cutoff, snapshot, started_at) FROM stdin;
a943dcd0-ecf2-4f68-84bb-f556c48ecf3f	2026-06-08 09:48:28.280063+00	780:780:	2026-06-08 09:48:28.465418+00
7baec5bb-aa23-4308-877c-2946996c1e75	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:00.931927+00
\.
COPY analytics_state.rollup_restatements (mart, property_id, day, measure, restated_at, published_at, late_rows, value_before, value_after) FROM stdin;
daily_ingest_rollups	shop.example	2026-06-05	events_accepted	2026-06-08 09:49:00.739429+00	2026-06-08 09:48:28.280063+00	0	6	3
daily_ingest_rollups	shop.example	2026-06-05	p95_ttfb_ms	2026-06-08 09:49:00.739429+00	2026-06-08 09:48:28.280063+00	0	1854	1009
daily_ingest_rollups	shop.example	2026-06-05	ttfb_samples	2026-06-08 09:49:00.739429+00	2026-06-08 09:48:28.280063+00	0	4	2
daily_metric_rollups	shop.example	2026-06-05	unique_visitors	2026-06-08 09:49:00.739429+00	2026-06-08 09:48:28.280063+00	0	2	1
daily_metric_rollups	shop.example	2026-06-05	total_page_views	2026-06-08 09:49:00.739429+00	2026-06-08 09:48:28.280063+00	0	4	2
daily_metric_rollups	shop.example	2026-06-05	total_entrances	2026-06-08 09:49:00.739429+00	2026-06-08 09:48:28.280063+00	0	2	1
daily_metric_rollups	shop.example	2026-06-05	total_conversions	2026-06-08 09:49:00.739429+00	2026-06-08 09:48:28.280063+00	0	2	1
\.
COPY analytics_state.rollup_touched_days (invocation_id, mart, day, cutoff) FROM stdin;
7baec5bb-aa23-4308-877c-2946996c1e75	daily_campaigns	2026-06-05	2026-06-08 09:49:00.739429+00
7baec5bb-aa23-4308-877c-2946996c1e75	daily_countries	2026-06-05	2026-06-08 09:49:00.739429+00
7baec5bb-aa23-4308-877c-2946996c1e75	daily_devices	2026-06-05	2026-06-08 09:49:00.739429+00
7baec5bb-aa23-4308-877c-2946996c1e75	daily_event_types	2026-06-05	2026-06-08 09:49:00.739429+00
7baec5bb-aa23-4308-877c-2946996c1e75	daily_ingest_rollups	2026-06-05	2026-06-08 09:49:00.739429+00
7baec5bb-aa23-4308-877c-2946996c1e75	daily_landing_paths	2026-06-05	2026-06-08 09:49:00.739429+00
7baec5bb-aa23-4308-877c-2946996c1e75	daily_metric_rollups	2026-06-05	2026-06-08 09:49:00.739429+00
7baec5bb-aa23-4308-877c-2946996c1e75	daily_new_leads	2026-06-05	2026-06-08 09:49:00.739429+00
7baec5bb-aa23-4308-877c-2946996c1e75	daily_pages	2026-06-05	2026-06-08 09:49:00.739429+00
7baec5bb-aa23-4308-877c-2946996c1e75	daily_traffic_sources	2026-06-05	2026-06-08 09:49:00.739429+00
7baec5bb-aa23-4308-877c-2946996c1e75	daily_web_vitals	2026-06-05	2026-06-08 09:49:00.739429+00
7baec5bb-aa23-4308-877c-2946996c1e75	rollup_reconciliation	2026-06-05	2026-06-08 09:49:00.739429+00
7baec5bb-aa23-4308-877c-2946996c1e75	sessions	2026-06-05	2026-06-08 09:49:00.739429+00
7baec5bb-aa23-4308-877c-2946996c1e75	visitor_days	2026-06-05	2026-06-08 09:49:00.739429+00
7baec5bb-aa23-4308-877c-2946996c1e75	visitor_recency	2026-06-05	2026-06-08 09:49:00.739429+00
7baec5bb-aa23-4308-877c-2946996c1e75	visitor_segments	2026-06-05	2026-06-08 09:49:00.739429+00
7baec5bb-aa23-4308-877c-2946996c1e75	web_vital_buckets	2026-06-05	2026-06-08 09:49:00.739429+00
7baec5bb-aa23-4308-877c-2946996c1e75	web_vital_distributions	2026-06-05	2026-06-08 09:49:00.739429+00
\.
COPY analytics_state.rollup_watermarks (mart, received_through, snapshot, built_at, invocation_id) FROM stdin;
rollup_restatements	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:03.120672+00	7baec5bb-aa23-4308-877c-2946996c1e75
calendar_days	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:03.177929+00	7baec5bb-aa23-4308-877c-2946996c1e75
rollup_freshness	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:03.193449+00	7baec5bb-aa23-4308-877c-2946996c1e75
daily_pages	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:12.056507+00	7baec5bb-aa23-4308-877c-2946996c1e75
sessions	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:12.062988+00	7baec5bb-aa23-4308-877c-2946996c1e75
web_vital_distributions	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:12.070505+00	7baec5bb-aa23-4308-877c-2946996c1e75
daily_ingest_rollups	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:12.924913+00	7baec5bb-aa23-4308-877c-2946996c1e75
visitor_segments	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:14.177506+00	7baec5bb-aa23-4308-877c-2946996c1e75
daily_new_leads	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:14.25871+00	7baec5bb-aa23-4308-877c-2946996c1e75
daily_metric_rollups	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:14.566082+00	7baec5bb-aa23-4308-877c-2946996c1e75
daily_campaigns	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:15.124531+00	7baec5bb-aa23-4308-877c-2946996c1e75
daily_landing_paths	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:16.157331+00	7baec5bb-aa23-4308-877c-2946996c1e75
web_vital_buckets	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:16.228319+00	7baec5bb-aa23-4308-877c-2946996c1e75
daily_countries	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:16.308466+00	7baec5bb-aa23-4308-877c-2946996c1e75
daily_devices	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:16.339056+00	7baec5bb-aa23-4308-877c-2946996c1e75
daily_event_types	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:17.580254+00	7baec5bb-aa23-4308-877c-2946996c1e75
daily_traffic_sources	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:17.710932+00	7baec5bb-aa23-4308-877c-2946996c1e75
visitor_days	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:17.744362+00	7baec5bb-aa23-4308-877c-2946996c1e75
rollup_reconciliation	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:18.842405+00	7baec5bb-aa23-4308-877c-2946996c1e75
daily_web_vitals	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:18.90443+00	7baec5bb-aa23-4308-877c-2946996c1e75
visitor_recency	2026-06-08 09:49:00.739429+00	852:852:	2026-06-08 09:49:18.981909+00	7baec5bb-aa23-4308-877c-2946996c1e75
\.
COPY raw.erasures (id, touched_days, events_deleted, sessions_deleted, created_at) FROM stdin;
01a2218e-a12b-7706-8f22-ecc468b74d7f	{2026-06-05}	3	1	2026-06-08 09:48:45.155714+00
\.
COPY raw.events_2026_06 ("timestamp", created_at, id, visitor_id, session_id, occurred_on, traffic_source, device_type, is_entrance, is_exit, is_conversion, country_code, dedupe_key, event_type, property_id, path, ip_hash, ua_hash, referrer, utm, props) FROM stdin;
2026-06-04 10:00:00+00	2026-06-08 09:48:03.513355+00	01a2218d-fe38-7125-ad51-526d3298507b	b5518d91-e027-518d-a87e-f28a90be05c4	01a2218d-fe3e-75ca-8f8a-81a37eb6e7ab	2026-06-04	direct	mobile	t	f	f	FR	8fbc6e4299416f056ecada265ad2654940d4d9ee0dfecd8b1eda417a440ff489	page_view	shop.example	/ähre	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	{"ttfbMs": 1267}
2026-06-04 10:04:00+00	2026-06-08 09:48:03.513355+00	01a2218d-fe39-7264-94fe-2436f71bdce3	b5518d91-e027-518d-a87e-f28a90be05c4	01a2218d-fe3e-75ca-8f8a-81a37eb6e7ab	2026-06-04	direct	mobile	f	f	f	DE	1f0a8f5fed44682a8adf3b31822ef3bb3007f87d23882742b3024f6faafa36a8	page_view	shop.example	/"q"	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	{"ttfbMs": 1770}
2026-06-04 10:09:00+00	2026-06-08 09:48:03.513355+00	01a2218d-fe39-7264-94fe-24372abfe1bf	b5518d91-e027-518d-a87e-f28a90be05c4	01a2218d-fe3e-75ca-8f8a-81a37eb6e7ab	2026-06-04	direct	mobile	f	f	t	FR	ef2079989a2a188aa4853c3ffe837964997e5f0a7f6ea56c9b811da468b8c0f8	cta_click	shop.example	/	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	\N
2026-06-04 11:00:00+00	2026-06-08 09:48:03.529783+00	01a2218d-fe49-7303-9a32-5f0f72e04c72	56c853d4-0e78-5747-8955-228f36437263	01a2218d-fe4b-7163-8f6e-f7d1be5e96e5	2026-06-04	direct	mobile	t	f	f	FR	dc527fd6b82af65e7e925a6bd97e6894b0c2b4b519ad425f72c566d3a19e3d44	page_view	docs.example	/	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	{"ttfbMs": 632}
2026-06-04 11:04:00+00	2026-06-08 09:48:03.529783+00	01a2218d-fe49-7303-9a32-5f108df7913b	56c853d4-0e78-5747-8955-228f36437263	01a2218d-fe4b-7163-8f6e-f7d1be5e96e5	2026-06-04	direct	mobile	f	f	f	DE	e286e2874279bac1c958667a49cbc8b67aed2ebf16c49828faf8753ae398364a	page_view	docs.example	/"q"	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	{"ttfbMs": 1976}
2026-06-04 11:09:00+00	2026-06-08 09:48:03.529783+00	01a2218d-fe49-7303-9a32-5f116cb25d1f	56c853d4-0e78-5747-8955-228f36437263	01a2218d-fe4b-7163-8f6e-f7d1be5e96e5	2026-06-04	direct	mobile	f	f	t	DE	a490e89074025e6f80a40ab93621fe005e200200bb739ba473cefdb8e98dcbbc	cta_click	docs.example	/"q"	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	\N
2026-06-04 12:00:00+00	2026-06-08 09:48:03.536773+00	01a2218d-fe50-753c-9dd4-be2a8efd988b	d908bf96-2514-54f1-a114-1038869a0b7d	01a2218d-fe52-746c-a5cc-3736c21ae658	2026-06-04	direct	desktop	t	f	f	DE	382d2d3b5ed2bcb38b8d241ab28413c2ea21607f344bd0472890dcb1cb2311ef	page_view	shop.example	/"q"	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	{"ttfbMs": 1623}
2026-06-04 12:04:00+00	2026-06-08 09:48:03.536773+00	01a2218d-fe50-753c-9dd4-be2bc5f0425d	d908bf96-2514-54f1-a114-1038869a0b7d	01a2218d-fe52-746c-a5cc-3736c21ae658	2026-06-04	direct	desktop	f	f	f	DE	8f43e4e43781230e8a340a8f996f2d1fe4d685f08fb1d93156a47ef375be777e	page_view	shop.example	/ähre	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	{"ttfbMs": 864}
2026-06-04 12:09:00+00	2026-06-08 09:48:03.536773+00	01a2218d-fe50-753c-9dd4-be2cbf275549	d908bf96-2514-54f1-a114-1038869a0b7d	01a2218d-fe52-746c-a5cc-3736c21ae658	2026-06-04	direct	mobile	f	f	t	DE	d34e1cd58e1163552f9598af1967a3f16d1948be0a105a49fb0ad6b84b3c77d1	cta_click	shop.example	/"q"	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	\N
2026-06-05 10:00:00+00	2026-06-08 09:48:03.555733+00	01a2218d-fe61-7702-bec5-41fe6b4c38f7	b5518d91-e027-518d-a87e-f28a90be05c4	01a2218d-fe65-73c2-abbd-a286b7c26352	2026-06-05	organic_search	mobile	t	f	f	FR	4dbc10c0b7a120089faa47396964ea672f9fd1d0fae2ab82943e61414bbd4ece	page_view	docs.example	/"q"	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	https://www.google.de/search?q=x	\N	{"ttfbMs": 1859}
2026-06-05 10:04:00+00	2026-06-08 09:48:03.555733+00	01a2218d-fe61-7702-bec5-41ffb2da7dc5	b5518d91-e027-518d-a87e-f28a90be05c4	01a2218d-fe65-73c2-abbd-a286b7c26352	2026-06-05	direct	mobile	f	f	f	FR	50d373c2c93e3598c5cba4be2e3ce4457237323d8edd0a37e2770a7239527567	page_view	docs.example	/a	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	{"ttfbMs": 1496}
2026-06-05 10:09:00+00	2026-06-08 09:48:03.555733+00	01a2218d-fe61-7702-bec5-4200a392abae	b5518d91-e027-518d-a87e-f28a90be05c4	01a2218d-fe65-73c2-abbd-a286b7c26352	2026-06-05	direct	mobile	f	f	t	FR	d98b74a39bf795c918e69832b9f3e41530a5feba4c4d0ba7737ff7d9e73cebfa	cta_click	docs.example	/"q"	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	\N
2026-06-05 11:00:00+00	2026-06-08 09:48:03.561403+00	01a2218d-fe68-74f7-9943-8a84f17b7c2b	56c853d4-0e78-5747-8955-228f36437263	01a2218d-fe75-71be-a017-6e653f69aca7	2026-06-05	organic_search	desktop	t	f	f	DE	73c551d2a72aa86b4216e874f00a80b870d47e9a1e747c118fd23d4bffa7271f	page_view	shop.example	/a	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	https://www.google.de/search?q=x	\N	{"ttfbMs": 359}
2026-06-05 11:04:00+00	2026-06-08 09:48:03.561403+00	01a2218d-fe69-7483-b330-e306b91d4141	56c853d4-0e78-5747-8955-228f36437263	01a2218d-fe75-71be-a017-6e653f69aca7	2026-06-05	direct	desktop	f	f	f	DE	461b02fa0e086239899fcbe75715805714d742f20a0bd625ec136a943b414f70	page_view	shop.example	/a	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	{"ttfbMs": 1043}
2026-06-05 11:09:00+00	2026-06-08 09:48:03.561403+00	01a2218d-fe69-7483-b330-e30731f89c5c	56c853d4-0e78-5747-8955-228f36437263	01a2218d-fe75-71be-a017-6e653f69aca7	2026-06-05	direct	mobile	f	f	t	FR	b9edbe20346ee4895f26df7f08f298b1b5de2a9685517a9d203218c32b87ae9d	cta_click	shop.example	/a	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	\N
2026-06-05 12:00:00+00	2026-06-08 09:48:03.577239+00	01a2218d-fe78-701b-955b-9758268cfebd	d908bf96-2514-54f1-a114-1038869a0b7d	01a2218d-fe7a-71e3-b798-99cd205d57d5	2026-06-05	direct	mobile	t	f	f	FR	98b628d0a0fe36bffab7e345691eeb83789e7cd341d3a5abfdb5f614179b4977	page_view	docs.example	/a	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	{"ttfbMs": 1298}
2026-06-05 12:04:00+00	2026-06-08 09:48:03.577239+00	01a2218d-fe78-701b-955b-9759d6748434	d908bf96-2514-54f1-a114-1038869a0b7d	01a2218d-fe7a-71e3-b798-99cd205d57d5	2026-06-05	direct	desktop	f	f	f	DE	0424d1123a8f3165a79f885317ddcd5f94c19815ffed9567c515e6c341a4421a	page_view	docs.example	/ähre	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	{"ttfbMs": 985}
2026-06-05 12:09:00+00	2026-06-08 09:48:03.577239+00	01a2218d-fe79-7715-b74a-b2f92e40c768	d908bf96-2514-54f1-a114-1038869a0b7d	01a2218d-fe7a-71e3-b798-99cd205d57d5	2026-06-05	direct	mobile	f	f	t	FR	1f28207efe763e35cbafae141b2962ce4732d053bada202aa59c234e71da23d3	cta_click	docs.example	/"q"	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	\N
2026-06-06 10:00:00+00	2026-06-08 09:48:03.586165+00	01a2218d-fe81-7588-92d5-21145fee5460	b5518d91-e027-518d-a87e-f28a90be05c4	01a2218d-fe83-73b6-9250-949097af4b15	2026-06-06	email	mobile	t	f	f	FR	fae3b0fa32b496c1c8ebe7a7c429c092f50382d8ebe3993addb1cc6d26e9b7fb	page_view	shop.example	/	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	{"medium": "email", "source": "list"}	{"ttfbMs": 177}
2026-06-06 10:04:00+00	2026-06-08 09:48:03.586165+00	01a2218d-fe81-7588-92d5-21152039d97d	b5518d91-e027-518d-a87e-f28a90be05c4	01a2218d-fe83-73b6-9250-949097af4b15	2026-06-06	direct	desktop	f	f	f	DE	b2f98f2c729a058dde22c9033096580b696e3e1f48bd94f86533667e40a77d58	page_view	shop.example	/a	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	{"ttfbMs": 952}
2026-06-06 10:09:00+00	2026-06-08 09:48:03.586165+00	01a2218d-fe82-7382-8625-3bdce3d587b4	b5518d91-e027-518d-a87e-f28a90be05c4	01a2218d-fe83-73b6-9250-949097af4b15	2026-06-06	direct	desktop	f	f	t	FR	2c50eac94d6ced2483a9e9865cd5315b579dbd2586be98f29337f67b1a4927e9	cta_click	shop.example	/a	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	\N
2026-06-06 11:00:00+00	2026-06-08 09:48:03.597579+00	01a2218d-fe8d-71a5-bfea-da77d7cbfb41	56c853d4-0e78-5747-8955-228f36437263	01a2218d-fe8e-702c-b108-3b87e4d0023b	2026-06-06	direct	desktop	t	f	f	DE	094df587f45e25f066e0b5722b3c75f3c4911aa87562140b108f31cb3b455bf5	page_view	docs.example	/	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	{"ttfbMs": 1148}
2026-06-06 11:04:00+00	2026-06-08 09:48:03.597579+00	01a2218d-fe8d-71a5-bfea-da78fc7b28c2	56c853d4-0e78-5747-8955-228f36437263	01a2218d-fe8e-702c-b108-3b87e4d0023b	2026-06-06	direct	mobile	f	f	f	DE	f6a7e24e5c194296d5c866c8c818f43b8eb966a61ef252da5b730ea42ffa4661	page_view	docs.example	/	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	{"ttfbMs": 194}
2026-06-06 11:09:00+00	2026-06-08 09:48:03.597579+00	01a2218d-fe8d-71a5-bfea-da793ea468da	56c853d4-0e78-5747-8955-228f36437263	01a2218d-fe8e-702c-b108-3b87e4d0023b	2026-06-06	direct	mobile	f	f	t	DE	e9e577ba2c014d54fb234e9445c22736f39f2b0a88c474e6c0db87e0b7bb1cbb	cta_click	docs.example	/a	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	\N
2026-06-06 12:00:00+00	2026-06-08 09:48:03.600241+00	01a2218d-fe8f-773e-9e4f-f36c8508e4a6	d908bf96-2514-54f1-a114-1038869a0b7d	01a2218d-fe94-7139-b87e-4b6c51111296	2026-06-06	paid_search	mobile	t	f	f	FR	ffcfa82dee0a6ea2150f6bc708a8a72478f4c8b2d815f3a42d9aefa269aaf34f	page_view	shop.example	/ähre	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	{"medium": "cpc", "source": "google", "campaign": "spring"}	{"ttfbMs": 301}
2026-06-06 12:04:00+00	2026-06-08 09:48:03.600241+00	01a2218d-fe8f-773e-9e4f-f36d5e75b45c	d908bf96-2514-54f1-a114-1038869a0b7d	01a2218d-fe94-7139-b87e-4b6c51111296	2026-06-06	direct	mobile	f	f	f	FR	c9caaf4dbbc1b758ebc278c9383ad1a2c8f2ae290490c59a0f1659b2d98de56f	page_view	shop.example	/	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	{"ttfbMs": 1033}
2026-06-06 12:09:00+00	2026-06-08 09:48:03.600241+00	01a2218d-fe90-71f2-9fe2-b12e913bfc6d	d908bf96-2514-54f1-a114-1038869a0b7d	01a2218d-fe94-7139-b87e-4b6c51111296	2026-06-06	direct	mobile	f	f	t	DE	6f2b5d3a833970e04cf0e81b8ff5a5223b57a6a0c7f8ffbb137dddfd6e12b163	cta_click	shop.example	/"q"	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	\N
2026-06-06 18:00:00+00	2026-06-08 09:49:25.417831+00	01a2218f-3dbf-7205-aeb1-b71f9f4eb01c	b5518d91-e027-518d-a87e-f28a90be05c4	01a2218f-3e57-76be-acd9-2bb15a0b8b8c	2026-06-06	paid_search	mobile	t	f	f	FR	07e41e073bd0e1f106adbaf74fd904df614bf2a0f6aad62c8956586ae5f04ef5	page_view	shop.example	/	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	{"medium": "cpc", "source": "google", "campaign": "spring"}	{"ttfbMs": 1910}
2026-06-06 18:04:00+00	2026-06-08 09:49:25.417831+00	01a2218f-3dbf-7205-aeb1-b7203c905fa1	b5518d91-e027-518d-a87e-f28a90be05c4	01a2218f-3e57-76be-acd9-2bb15a0b8b8c	2026-06-06	direct	mobile	f	f	f	DE	17c88c79295ef59771ecea448c70d4093f69ab85de6e537079c3f92044bc9372	page_view	shop.example	/a	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	{"ttfbMs": 1140}
2026-06-06 18:09:00+00	2026-06-08 09:49:25.417831+00	01a2218f-3dbf-7205-aeb1-b72180ac87ff	b5518d91-e027-518d-a87e-f28a90be05c4	01a2218f-3e57-76be-acd9-2bb15a0b8b8c	2026-06-06	direct	desktop	f	f	t	DE	3b2dc9eb08fd51b74e7e512cac08184503bb98c7a2f1a0f8aa27af45e88446a6	cta_click	shop.example	/ähre	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	\N	\N	\N
\.
COPY raw.form_submissions (id, visitor_id, session_id, lead_id, form_name, path, payload, validation_status, is_first_capture, captured_at, created_at) FROM stdin;
1b74f1c9-193a-48f8-9b88-eaf21b271442	1721fc67-10a8-5099-b935-94d72637dc90	\N	\N	lead_capture	/a	\N	accepted	t	2026-06-02 12:00:00+00	2026-06-08 09:48:03.642843+00
ca194a3f-a2ce-4199-8fec-1dcc3808ba5b	56c853d4-0e78-5747-8955-228f36437263	\N	\N	lead_capture	/a	\N	accepted	t	2026-06-05 13:00:00+00	2026-06-08 09:48:03.655717+00
6892a12d-09dd-476a-a3e5-deae602d13f6	d908bf96-2514-54f1-a114-1038869a0b7d	\N	\N	lead_capture	/a	\N	invalid	f	2026-06-06 14:00:00+00	2026-06-08 09:48:03.656598+00
\.
COPY raw.ingest_duplicates (id, property_id, occurred_on, occurrences, created_at) FROM stdin;
cb2af7a7-d0d9-45b5-9573-1594f932b1e8	shop.example	2026-06-05	2	2026-06-08 09:48:03.659717+00
\.
COPY raw.ingest_rejections (id, property_id, endpoint, reason, status_code, occurred_at, occurrences, created_at) FROM stdin;
4f3a5b91-6d0b-4f17-b040-6a011f173ddc	shop.example	/v1/events	validation	400	2026-06-05 10:00:00+00	3	2026-06-08 09:48:03.656938+00
\.
COPY raw.retention_purges (id, purged_before, partitions_dropped, events_deleted, sessions_deleted, visitors_deleted, rejections_deleted, duplicates_deleted, created_at, finished_at) FROM stdin;
01a2218e-a03b-75c0-831c-e9e01517e3e7	2026-06-04	0	18	6	5	1	0	2026-06-08 09:48:44.992949+00	2026-06-08 09:48:45.119912+00
\.
COPY raw.schema_version (version, applied_at) FROM stdin;
05ad0d0b0aa28f5c8e81299ea477548fdb95566052de9b0492a698c72289e544	2026-06-08 09:48:02.426478+00
\.
COPY raw.sessions (id, visitor_id, started_at, last_event_at, ended_at, landing_path, referrer, utm_source, utm_medium, utm_campaign, utm_term, utm_content, created_at, updated_at) FROM stdin;
01a2218d-fe3e-75ca-8f8a-81a37eb6e7ab	b5518d91-e027-518d-a87e-f28a90be05c4	2026-06-04 10:00:00+00	2026-06-04 10:09:00+00	2026-06-04 10:09:00+00	/ähre	\N	\N	\N	\N	\N	\N	2026-06-08 09:48:03.513355+00	2026-06-08 09:48:03.555733+00
01a2218d-fe4b-7163-8f6e-f7d1be5e96e5	56c853d4-0e78-5747-8955-228f36437263	2026-06-04 11:00:00+00	2026-06-04 11:09:00+00	2026-06-04 11:09:00+00	/	\N	\N	\N	\N	\N	\N	2026-06-08 09:48:03.529783+00	2026-06-08 09:48:03.561403+00
01a2218d-fe52-746c-a5cc-3736c21ae658	d908bf96-2514-54f1-a114-1038869a0b7d	2026-06-04 12:00:00+00	2026-06-04 12:09:00+00	2026-06-04 12:09:00+00	/"q"	\N	\N	\N	\N	\N	\N	2026-06-08 09:48:03.536773+00	2026-06-08 09:48:03.577239+00
01a2218d-fe65-73c2-abbd-a286b7c26352	b5518d91-e027-518d-a87e-f28a90be05c4	2026-06-05 10:00:00+00	2026-06-05 10:09:00+00	2026-06-05 10:09:00+00	/"q"	https://www.google.de/search?q=x	\N	\N	\N	\N	\N	2026-06-08 09:48:03.555733+00	2026-06-08 09:48:03.586165+00
01a2218d-fe8e-702c-b108-3b87e4d0023b	56c853d4-0e78-5747-8955-228f36437263	2026-06-06 11:00:00+00	2026-06-06 11:09:00+00	\N	/	\N	\N	\N	\N	\N	\N	2026-06-08 09:48:03.597579+00	2026-06-08 09:48:03.597579+00
01a2218d-fe75-71be-a017-6e653f69aca7	56c853d4-0e78-5747-8955-228f36437263	2026-06-05 11:00:00+00	2026-06-05 11:09:00+00	2026-06-05 11:09:00+00	/a	https://www.google.de/search?q=x	\N	\N	\N	\N	\N	2026-06-08 09:48:03.561403+00	2026-06-08 09:48:03.597579+00
01a2218d-fe94-7139-b87e-4b6c51111296	d908bf96-2514-54f1-a114-1038869a0b7d	2026-06-06 12:00:00+00	2026-06-06 12:09:00+00	\N	/ähre	\N	google	cpc	spring	\N	\N	2026-06-08 09:48:03.600241+00	2026-06-08 09:48:03.600241+00
01a2218d-fe7a-71e3-b798-99cd205d57d5	d908bf96-2514-54f1-a114-1038869a0b7d	2026-06-05 12:00:00+00	2026-06-05 12:09:00+00	2026-06-05 12:09:00+00	/a	\N	\N	\N	\N	\N	\N	2026-06-08 09:48:03.577239+00	2026-06-08 09:48:03.600241+00
01a2218f-3e57-76be-acd9-2bb15a0b8b8c	b5518d91-e027-518d-a87e-f28a90be05c4	2026-06-06 18:00:00+00	2026-06-06 18:09:00+00	\N	/	\N	google	cpc	spring	\N	\N	2026-06-08 09:49:25.417831+00	2026-06-08 09:49:25.417831+00
01a2218d-fe83-73b6-9250-949097af4b15	b5518d91-e027-518d-a87e-f28a90be05c4	2026-06-06 10:00:00+00	2026-06-06 10:09:00+00	2026-06-06 10:09:00+00	/	\N	list	email	\N	\N	\N	2026-06-08 09:48:03.586165+00	2026-06-08 09:49:25.417831+00
\.
COPY raw.visitors (id, anon_id, first_seen_at, last_seen_at, first_ip_hash, last_ip_hash, first_ua_hash, last_ua_hash, created_at, updated_at) FROM stdin;
1721fc67-10a8-5099-b935-94d72637dc90	early-2-0-0001	2026-06-02 10:00:00+00	2026-06-02 10:09:00+00	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	2026-06-08 09:48:03.459761+00	2026-06-08 09:48:03.459761+00
56c853d4-0e78-5747-8955-228f36437263	person-1-00000001	2026-06-04 11:00:00+00	2026-06-06 11:09:00+00	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	2026-06-08 09:48:03.529783+00	2026-06-08 09:48:03.597579+00
d908bf96-2514-54f1-a114-1038869a0b7d	person-2-00000001	2026-06-04 12:00:00+00	2026-06-06 12:09:00+00	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	2026-06-08 09:48:03.536773+00	2026-06-08 09:48:03.600241+00
b5518d91-e027-518d-a87e-f28a90be05c4	person-0-00000001	2026-06-04 10:00:00+00	2026-06-06 18:09:00+00	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	a4531623fe1cd15f6cf069488eddb4cba866f296839915eb9525a2719002c248	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	c80f5b10deaca31c7fbc2f19007f7acb14d76f5a0c390c3d6a1768186a22f59c	2026-06-08 09:48:03.513355+00	2026-06-08 09:49:25.417831+00
\.
ALTER TABLE ONLY analytics.daily_campaigns
    ADD CONSTRAINT daily_campaigns_pkey PRIMARY KEY (property_id, day, utm_source, utm_medium, utm_campaign);
ALTER TABLE ONLY analytics.daily_countries
    ADD CONSTRAINT daily_countries_pkey PRIMARY KEY (property_id, day, country_code);
ALTER TABLE ONLY analytics.daily_devices
    ADD CONSTRAINT daily_devices_pkey PRIMARY KEY (property_id, day, device_type);
ALTER TABLE ONLY analytics.daily_event_types
    ADD CONSTRAINT daily_event_types_pkey PRIMARY KEY (property_id, day, event_type);
ALTER TABLE ONLY analytics.daily_ingest_rollups
    ADD CONSTRAINT daily_ingest_rollups_pkey PRIMARY KEY (property_id, day);
ALTER TABLE ONLY analytics.daily_landing_paths
    ADD CONSTRAINT daily_landing_paths_pkey PRIMARY KEY (property_id, day, path);
ALTER TABLE ONLY analytics.daily_metric_rollups
    ADD CONSTRAINT daily_metric_rollups_pkey PRIMARY KEY (property_id, day);
ALTER TABLE ONLY analytics.daily_new_leads
    ADD CONSTRAINT daily_new_leads_pkey PRIMARY KEY (property_id, day);
ALTER TABLE ONLY analytics.daily_pages
    ADD CONSTRAINT daily_pages_pkey PRIMARY KEY (property_id, day, path);
ALTER TABLE ONLY analytics.daily_traffic_sources
    ADD CONSTRAINT daily_traffic_sources_pkey PRIMARY KEY (property_id, day, traffic_source);
ALTER TABLE ONLY analytics.daily_web_vitals
    ADD CONSTRAINT daily_web_vitals_pkey PRIMARY KEY (property_id, day, device_type, vital);
ALTER TABLE ONLY analytics.rollup_reconciliation
    ADD CONSTRAINT rollup_reconciliation_pkey PRIMARY KEY (property_id, day, measure);
ALTER TABLE ONLY analytics.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (session_id);
ALTER TABLE ONLY analytics.visitor_days
    ADD CONSTRAINT visitor_days_pkey PRIMARY KEY (property_id, day, visitor_id);
ALTER TABLE ONLY analytics.visitor_recency
    ADD CONSTRAINT visitor_recency_pkey PRIMARY KEY (property_id, day, previous_day);
ALTER TABLE ONLY analytics.visitor_segments
    ADD CONSTRAINT visitor_segments_pkey PRIMARY KEY (property_id, day, visitor_id, event_type, traffic_source, device_type, country_code);
ALTER TABLE ONLY analytics.web_vital_buckets
    ADD CONSTRAINT web_vital_buckets_pkey PRIMARY KEY (vital, property_id, device_type, day, bucket);
ALTER TABLE ONLY analytics.web_vital_distributions
    ADD CONSTRAINT web_vital_distributions_pkey PRIMARY KEY (property_id, day, vital, value, device_type, country_code);
ALTER TABLE ONLY analytics_state.rollup_builds
    ADD CONSTRAINT rollup_builds_pkey PRIMARY KEY (invocation_id);
ALTER TABLE ONLY analytics_state.rollup_restatements
    ADD CONSTRAINT rollup_restatements_pkey PRIMARY KEY (mart, property_id, day, measure, restated_at);
ALTER TABLE ONLY analytics_state.rollup_touched_days
    ADD CONSTRAINT rollup_touched_days_pkey PRIMARY KEY (invocation_id, mart, day);
ALTER TABLE ONLY analytics_state.rollup_watermarks
    ADD CONSTRAINT rollup_watermarks_pkey PRIMARY KEY (mart);
ALTER TABLE ONLY raw.consent_events
    ADD CONSTRAINT consent_events_pkey PRIMARY KEY (id);
ALTER TABLE ONLY raw.erasures
    ADD CONSTRAINT erasures_pkey PRIMARY KEY (id);
ALTER TABLE ONLY raw.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (visitor_id, occurred_on, dedupe_key);
ALTER TABLE ONLY raw.events_2026_06
    ADD CONSTRAINT events_2026_06_pkey PRIMARY KEY (visitor_id, occurred_on, dedupe_key);
ALTER TABLE ONLY raw.form_submissions
    ADD CONSTRAINT form_submissions_pkey PRIMARY KEY (visitor_id, id);
ALTER TABLE ONLY raw.ingest_duplicates
    ADD CONSTRAINT ingest_duplicates_pkey PRIMARY KEY (id);
ALTER TABLE ONLY raw.ingest_rejections
    ADD CONSTRAINT ingest_rejections_pkey PRIMARY KEY (id);
ALTER TABLE ONLY raw.lead_identities
    ADD CONSTRAINT lead_identities_link_key UNIQUE (visitor_id, lead_id, link_source);
ALTER TABLE ONLY raw.lead_identities
    ADD CONSTRAINT lead_identities_pkey PRIMARY KEY (visitor_id, id);
ALTER TABLE ONLY raw.leads
    ADD CONSTRAINT leads_email_key UNIQUE (email);
ALTER TABLE ONLY raw.leads
    ADD CONSTRAINT leads_pkey PRIMARY KEY (id);
ALTER TABLE ONLY raw.retention_purges
    ADD CONSTRAINT retention_purges_pkey PRIMARY KEY (id);
ALTER TABLE ONLY raw.schema_version
    ADD CONSTRAINT schema_version_pkey PRIMARY KEY (version);
ALTER TABLE ONLY raw.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (visitor_id, id);
ALTER TABLE ONLY raw.visitors
    ADD CONSTRAINT visitors_pkey PRIMARY KEY (id);
CREATE INDEX "0ffacce07305014c9c6522e7c2175a33" ON analytics.daily_campaigns USING btree (day);
CREATE INDEX "30cd86a8e898c74a6107bfbe75c8ae50" ON analytics.daily_ingest_rollups USING btree (day);
CREATE INDEX "3b2c922efe5627740a23214e58f4083f" ON analytics.daily_event_types USING btree (day);
CREATE INDEX "3f7164fc8d7bcd818750d4d1ef3949cf" ON analytics.visitor_days USING btree (visitor_id, day);
CREATE INDEX "5c73ce12f8465f5bfe58626ff97d5937" ON analytics.daily_web_vitals USING btree (day);
CREATE INDEX "5ff054866f5fff7dd00e9a600b92c177" ON analytics.visitor_days USING btree (day);
CREATE INDEX "5ff5ad5c581fa466aaffaf219a580cf3" ON analytics.visitor_recency USING btree (day);
CREATE INDEX "69d8b2155846875a9c6877d7fad93c5b" ON analytics.sessions USING btree (visitor_id, ended_at);
CREATE INDEX "741927fd9241a96bf019c814d6e76369" ON analytics.daily_new_leads USING btree (day);
CREATE INDEX "81ee4a1c813fd12d929c0f70fe607cf4" ON analytics.sessions USING btree (property_id, day);
CREATE INDEX a6aeb21085e12770332dd4a5a9b8defe ON analytics.daily_metric_rollups USING btree (day);
CREATE INDEX a6cf013e7f6e49ec3edf4d38e0aa0ab6 ON analytics.daily_devices USING btree (day);
CREATE INDEX c210c41779fe83ed3f9803c216cf44dd ON analytics.web_vital_buckets USING btree (day);
CREATE INDEX c494000f2faf707311ebaa58dbefbb10 ON analytics.web_vital_distributions USING btree (day);
CREATE INDEX caf8fb4e7ef0b5b243bc2c4246322aed ON analytics.daily_landing_paths USING btree (day);
CREATE INDEX d53237697935223cd498ba435050a8cc ON analytics.sessions USING btree (day);
CREATE INDEX e715e570fec58e7be343592dd10df0e8 ON analytics.rollup_reconciliation USING btree (day);
CREATE INDEX ee1e0f15ac79786ddfa96dc660b18b9c ON analytics.visitor_segments USING btree (day);
CREATE INDEX f22affb7fe7940c29d73b2b076e754a1 ON analytics.daily_traffic_sources USING btree (day);
CREATE INDEX f2ef8c94f1d7282a8bdcd4c7d2851321 ON analytics.daily_pages USING btree (day);
CREATE INDEX f8791a2b68a937b017040909a55eddba ON analytics.daily_countries USING btree (day);
CREATE INDEX events_created_at_brin ON ONLY raw.events USING brin (created_at) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX events_2026_06_created_at_idx ON raw.events_2026_06 USING brin (created_at) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX events_event_type_timestamp_idx ON ONLY raw.events USING btree (event_type, "timestamp");
CREATE INDEX events_2026_06_event_type_timestamp_idx ON raw.events_2026_06 USING btree (event_type, "timestamp");
CREATE INDEX events_occurred_on_brin ON ONLY raw.events USING brin (occurred_on date_minmax_multi_ops) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX events_2026_06_occurred_on_idx ON raw.events_2026_06 USING brin (occurred_on date_minmax_multi_ops) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX events_path_timestamp_idx ON ONLY raw.events USING btree (path, "timestamp");
CREATE INDEX events_2026_06_path_timestamp_idx ON raw.events_2026_06 USING btree (path, "timestamp");
CREATE INDEX events_property_id_timestamp_idx ON ONLY raw.events USING btree (property_id, "timestamp");
CREATE INDEX events_2026_06_property_id_timestamp_idx ON raw.events_2026_06 USING btree (property_id, "timestamp");
CREATE INDEX events_session_id_timestamp_idx ON ONLY raw.events USING btree (session_id, "timestamp");
CREATE INDEX events_2026_06_session_id_timestamp_idx ON raw.events_2026_06 USING btree (session_id, "timestamp");
CREATE INDEX events_traffic_source_timestamp_idx ON ONLY raw.events USING btree (traffic_source, "timestamp");
CREATE INDEX events_2026_06_traffic_source_timestamp_idx ON raw.events_2026_06 USING btree (traffic_source, "timestamp");
CREATE INDEX events_visitor_id_timestamp_idx ON ONLY raw.events USING btree (visitor_id, "timestamp");
CREATE INDEX events_2026_06_visitor_id_timestamp_idx ON raw.events_2026_06 USING btree (visitor_id, "timestamp");
CREATE INDEX form_submissions_created_at_idx ON raw.form_submissions USING btree (created_at);
CREATE INDEX form_submissions_day_idx ON raw.form_submissions USING btree ((((captured_at AT TIME ZONE 'UTC'::text))::date));
CREATE INDEX ingest_duplicates_created_at_idx ON raw.ingest_duplicates USING btree (created_at);
CREATE INDEX ingest_duplicates_occurred_on_idx ON raw.ingest_duplicates USING btree (occurred_on);
CREATE INDEX ingest_rejections_created_at_idx ON raw.ingest_rejections USING btree (created_at);
CREATE INDEX ingest_rejections_day_idx ON raw.ingest_rejections USING btree ((((occurred_at AT TIME ZONE 'UTC'::text))::date));
CREATE INDEX sessions_visitor_id_started_at_idx ON raw.sessions USING btree (visitor_id, started_at);
ALTER INDEX raw.events_created_at_brin ATTACH PARTITION raw.events_2026_06_created_at_idx;
ALTER INDEX raw.events_event_type_timestamp_idx ATTACH PARTITION raw.events_2026_06_event_type_timestamp_idx;
ALTER INDEX raw.events_occurred_on_brin ATTACH PARTITION raw.events_2026_06_occurred_on_idx;
ALTER INDEX raw.events_path_timestamp_idx ATTACH PARTITION raw.events_2026_06_path_timestamp_idx;
ALTER INDEX raw.events_pkey ATTACH PARTITION raw.events_2026_06_pkey;
ALTER INDEX raw.events_property_id_timestamp_idx ATTACH PARTITION raw.events_2026_06_property_id_timestamp_idx;
ALTER INDEX raw.events_session_id_timestamp_idx ATTACH PARTITION raw.events_2026_06_session_id_timestamp_idx;
ALTER INDEX raw.events_traffic_source_timestamp_idx ATTACH PARTITION raw.events_2026_06_traffic_source_timestamp_idx;
ALTER INDEX raw.events_visitor_id_timestamp_idx ATTACH PARTITION raw.events_2026_06_visitor_id_timestamp_idx;
ALTER TABLE ONLY raw.consent_events
    ADD CONSTRAINT consent_events_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES raw.leads(id) ON DELETE CASCADE;
ALTER TABLE raw.events
    ADD CONSTRAINT events_session_id_fkey FOREIGN KEY (visitor_id, session_id) REFERENCES raw.sessions(visitor_id, id) ON DELETE SET NULL (session_id);
ALTER TABLE raw.events
    ADD CONSTRAINT events_visitor_id_fkey FOREIGN KEY (visitor_id) REFERENCES raw.visitors(id) ON DELETE CASCADE;
ALTER TABLE ONLY raw.form_submissions
    ADD CONSTRAINT form_submissions_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES raw.leads(id) ON DELETE SET NULL;
ALTER TABLE ONLY raw.form_submissions
    ADD CONSTRAINT form_submissions_session_id_fkey FOREIGN KEY (visitor_id, session_id) REFERENCES raw.sessions(visitor_id, id) ON DELETE SET NULL (session_id);
ALTER TABLE ONLY raw.form_submissions
    ADD CONSTRAINT form_submissions_visitor_id_fkey FOREIGN KEY (visitor_id) REFERENCES raw.visitors(id) ON DELETE CASCADE;
ALTER TABLE ONLY raw.lead_identities
    ADD CONSTRAINT lead_identities_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES raw.leads(id) ON DELETE CASCADE;
ALTER TABLE ONLY raw.lead_identities
    ADD CONSTRAINT lead_identities_visitor_id_fkey FOREIGN KEY (visitor_id) REFERENCES raw.visitors(id) ON DELETE CASCADE;
ALTER TABLE ONLY raw.sessions
    ADD CONSTRAINT sessions_visitor_id_fkey FOREIGN KEY (visitor_id) REFERENCES raw.visitors(id) ON DELETE CASCADE;
