{# Buckets say where the rank lies; only its own is read value by value. They know no country. #}
{%- macro window_percentile(
    vital, share, from_day, to_day, property_id=none, device_type=none, country_code=none
) -%}
{%- set window -%}
vital = {{ sql_text(vital) }} and {{ in_window(from_day, to_day, property_id, device_type) }}
{%- endset -%}
{%- set rank = share ~ "::double precision * (buckets.total - 1)::double precision" -%}
select
    ({{ percentile_of_distribution(share) }}) / {{ 1000 if vital == 'cls' else 1 }} as percentile,
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
        and country_code = {{ sql_text(country_code) }}
    group by value
    {%- else %}
    select
        distribution.value,
        buckets.up_to - buckets.samples
        + sum(distribution.samples) over (
            partition by buckets.bucket order by distribution.value asc
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
                value,
                sum(samples) as samples
            from {{ ref('web_vital_distributions') }}
            where
                {{ window }}
                and value between 64 * buckets.bucket and 64 * buckets.bucket + 63
            group by value
        ) as distribution
    -- The rank counts from 0, and lies between two values that may be of two buckets.
    where
        buckets.up_to > floor({{ rank }})
        and buckets.up_to - buckets.samples <= ceil({{ rank }})
    {%- endif %}
) as distribution
{%- endmacro -%}
