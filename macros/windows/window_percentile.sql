{# Buckets say where the rank lies; of its own the values are read. They know no country. #}
{%- macro window_percentile(
    vital, share, from_day, to_day, property_id=none, device_type=none, country_code=none
) -%}
{%- set all = '' if country_code is none else none -%}
{%- set window -%}
vital = {{ sql_text(vital) }} and {{ in_window(
    from_day, to_day, property_id or all, device_type or all, country_code
) }}
{%- endset -%}
{%- set rank -%}
{{ share }}::double precision * (buckets.total - 1)::double precision
{%- endset -%}
select
    ({{ percentile_of_distribution(share) }}) / {{ vital_scale(sql_text(vital)) }} as percentile,
    coalesce(max(total), 0)::bigint as samples
from (
    {%- if country_code is not none %}
    select
        value,
        sum(sum(samples)) over (order by value asc) as up_to,
        sum(sum(samples)) over () as total
    from {{ ref('web_vital_distributions') }}
    where
        {{ window }}
    group by value
    {%- else %}
    select
        listed.value,
        buckets.up_to - buckets.samples
        + sum(listed.samples) over (
            partition by buckets.bucket order by listed.value asc
        ) as up_to,
        buckets.total
    from (
        select
            bucket,
            sum(samples) as samples,
            sum(sum(samples)) over (order by bucket asc) as up_to,
            sum(sum(samples)) over () as total
        from {{ ref('web_vital_buckets') }}
        where
            {{ window }}
        group by bucket
    ) as buckets
    cross join
        lateral (
            select
                counted.value,
                sum(counted.samples) as samples
            from {{ ref('web_vital_buckets') }} as days
            cross join
                unnest(days.bucket_values, days.bucket_samples) as counted (value, samples)
            where
                {{ window }}
                and days.bucket = buckets.bucket
            group by counted.value
        ) as listed
    -- The rank counts from 0, and lies between two values that may be of two buckets.
    where
        buckets.up_to > floor({{ rank }})
        and buckets.up_to - buckets.samples <= ceil({{ rank }})
    {%- endif %}
) as distribution
{%- endmacro -%}
