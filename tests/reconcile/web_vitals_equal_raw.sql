-- Samples and percentiles of each web vital are those of the raw rows, on every device and day; the
-- histogram and its buckets hold the same samples, each as of its own watermark. CLS counts in
-- thousandths. Of each page view only the last report of a vital counts, of those a mart knows.
with

horizon as (
    select held_from from {{ source('analytics_state', 'raw_horizon') }}
),

watermarks as (
    select
        max(received_through) filter (where mart = 'web_vital_distributions') as distributions,
        max(received_through) filter (where mart = 'web_vital_buckets') as buckets,
        max(received_through) filter (where mart = 'daily_web_vitals') as vitals
    from {{ source('analytics_state', 'rollup_watermarks') }}
),

last_in_distributions as (
    {{ recounted_last_reports('web_vital_distributions', var('web_vitals')) }}
),

last_in_buckets as (
    {{ recounted_last_reports('web_vital_buckets', var('web_vitals')) }}
),

last_in_vitals as (
    {{ recounted_last_reports('daily_web_vitals', var('web_vitals')) }}
),

measured as (
    select
        events.property_id::text as property_id,
        (events."timestamp" at time zone 'UTC')::date as day,
        events.device_type::text as device_type,
        vitals.vital,
        round(
            jsonb_path_query_first(
                events.props -> vitals.key,
                '$ ? (@.type() == "number" && @ >= 0 && @ <= $most)',
                jsonb_build_object('most', vitals.most)
            )::text::double precision * vitals.scale
        ) as value,
        events.created_at < watermarks.distributions
        and (events.view_id is null or events.dedupe_key = last_in_distributions.dedupe_key)
            as is_in_distributions,
        events.created_at < watermarks.buckets
        and (events.view_id is null or events.dedupe_key = last_in_buckets.dedupe_key)
            as is_in_buckets,
        events.created_at < watermarks.vitals
        and (events.view_id is null or events.dedupe_key = last_in_vitals.dedupe_key)
            as is_in_vitals
    from {{ source('raw', 'events') }} as events
    cross join (
        values
        {% for vital in var('web_vitals') -%}
        ('{{ vital.name }}', '{{ vital.key }}', {{ vital.most }}, {{ vital.scale }})
        {{- ',' if not loop.last }}
        {% endfor -%}
    ) as vitals (vital, key, most, scale)
    cross join watermarks
    left join last_in_distributions
        on
            events.visitor_id = last_in_distributions.visitor_id
            and events.view_id = last_in_distributions.view_id
            and vitals.key = last_in_distributions.key
    left join last_in_buckets
        on
            events.visitor_id = last_in_buckets.visitor_id
            and events.view_id = last_in_buckets.view_id
            and vitals.key = last_in_buckets.key
    left join last_in_vitals
        on
            events.visitor_id = last_in_vitals.visitor_id
            and events.view_id = last_in_vitals.view_id
            and vitals.key = last_in_vitals.key
    where events.props ? vitals.key
),

raw_values as (
    select
        property_id,
        day,
        device_type,
        vital,
        count(*) filter (where is_in_vitals) as samples,
        {%- for percentile in (50, 75, 95) %}
        percentile_cont({{ percentile / 100 }}) within group (order by value)
        filter (where is_in_vitals) as p{{ percentile }},
        {%- endfor %}
        count(*) filter (where is_in_distributions) as histogram_samples,
        sum(value) filter (where is_in_distributions) as histogram_sum,
        count(*) filter (where is_in_buckets) as bucket_samples,
        sum(value) filter (where is_in_buckets) as bucket_sum
    from measured
    where value is not null
    group by
        property_id,
        day,
        device_type,
        vital
),

histogram_values as (
    select
        property_id,
        day,
        device_type,
        vital,
        sum(samples) as samples,
        sum(samples * value) as value_sum
    from {{ ref('web_vital_distributions') }}
    group by
        property_id,
        day,
        device_type,
        vital
),

-- Those of all properties or all devices together are marked by the empty text.
bucket_values as (
    select
        buckets.property_id,
        buckets.day,
        buckets.device_type,
        buckets.vital,
        sum(counted.samples) as samples,
        sum(counted.samples * counted.value) as value_sum
    from {{ ref('web_vital_buckets') }} as buckets
    cross join
        unnest(buckets.bucket_values, buckets.bucket_samples) as counted (value, samples)
    where
        buckets.property_id <> ''
        and buckets.device_type <> ''
    group by
        buckets.property_id,
        buckets.day,
        buckets.device_type,
        buckets.vital
)

select
    property_id,
    day,
    device_type,
    vital,
    daily.samples as mart_samples,
    raw_values.samples as raw_samples,
    daily.p95 as mart_p95,
    raw_values.p95 as raw_p95
from {{ ref('daily_web_vitals') }} as daily
full join raw_values using (property_id, day, device_type, vital)
full join histogram_values using (property_id, day, device_type, vital)
full join bucket_values using (property_id, day, device_type, vital)
where
    day >= (select horizon.held_from from horizon)
    and day not in (
        {{ erased_since('web_vital_distributions') }}
        union all
        {{ erased_since('web_vital_buckets') }}
        union all
        {{ erased_since('daily_web_vitals') }}
    )
    and (
        coalesce(daily.samples, 0) <> coalesce(raw_values.samples, 0)
        or coalesce(histogram_values.samples, 0) <> coalesce(raw_values.histogram_samples, 0)
        or histogram_values.value_sum is distinct from raw_values.histogram_sum
        or coalesce(bucket_values.samples, 0) <> coalesce(raw_values.bucket_samples, 0)
        or bucket_values.value_sum is distinct from raw_values.bucket_sum
        or daily.p50 is distinct from raw_values.p50 / {{ vital_scale('vital') }}
        or daily.p75 is distinct from raw_values.p75 / {{ vital_scale('vital') }}
        or daily.p95 is distinct from raw_values.p95 / {{ vital_scale('vital') }}
        or daily.good_samples + daily.needs_improvement_samples + daily.poor_samples
        <> coalesce(raw_values.samples, 0)
    )
