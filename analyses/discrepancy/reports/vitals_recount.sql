-- What the web vitals of a window are, counted from raw: a row for each property, device and vital.
-- The empty property is all of them together, the empty device all devices.
{% set wanted = "'" ~ var("discrepancy_properties", '[""]') ~ "'::jsonb" %}
with

measured as (
    {{ recounted_vitals('web_vital_buckets') }}
),

counted as (
    select
        property_id,
        device_type,
        vital,
        value,
        count(*) as samples
    from measured
    where value is not null
    group by
        property_id,
        device_type,
        vital,
        value
),

scoped as (
    select
        properties.property_id,
        devices.device_type,
        counted.vital,
        counted.value,
        sum(counted.samples) as samples
    from counted
    cross join lateral (values (counted.property_id), ('')) as properties (property_id)
    cross join lateral (values (counted.device_type), ('')) as devices (device_type)
    where {{ wanted }} ? properties.property_id
    group by
        properties.property_id,
        devices.device_type,
        counted.vital,
        counted.value
),

cumulated as (
    select
        *,
        sum(samples) over (
            partition by property_id, device_type, vital
            order by value asc
        ) as up_to,
        sum(samples) over (partition by property_id, device_type, vital) as total
    from scoped
),

ranks as (
    select
        cumulated.*,
        shares.percentile,
        shares.share * (cumulated.total - 1)::double precision as place
    from cumulated
    cross join (
        values
        ('p50', 0.5::double precision),
        ('p75', 0.75),
        ('p95', 0.95)
    ) as shares (percentile, share)
),

ends as (
    select
        property_id,
        device_type,
        vital,
        percentile,
        min(place) - floor(min(place)) as way,
        min(value) filter (where up_to > floor(place)) as below,
        min(value) filter (where up_to > ceil(place)) as above
    from ranks
    group by
        property_id,
        device_type,
        vital,
        percentile
),

percentiles as (
    select
        property_id,
        device_type,
        vital,
        jsonb_object_agg(percentile, below + way * (above - below)) as percentiles
    from ends
    group by
        property_id,
        device_type,
        vital
)

select
    property_id,
    device_type,
    vital,
    percentiles.percentiles,
    sum(scoped.samples)::bigint as samples,
    coalesce(sum(scoped.samples) filter (where scoped.value <= bounds.good_up_to), 0)::bigint
        as good,
    coalesce(sum(scoped.samples) filter (where scoped.value > bounds.poor_above), 0)::bigint
        as poor
from scoped
inner join percentiles using (property_id, device_type, vital)
-- The published bounds: the last good and the last not poor value.
inner join (
    values
    ('fcp', 1800, 3000),
    ('lcp', 2500, 4000),
    ('inp', 200, 500),
    ('ttfb', 800, 1800),
    ('cls', 100, 250)
) as bounds (vital, good_up_to, poor_above) using (vital)
group by
    property_id,
    device_type,
    vital,
    percentiles.percentiles
