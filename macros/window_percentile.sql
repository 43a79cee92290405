{%- macro window_percentile(
    vital, share, from_day, to_day, property_id=none, device_type=none, country_code=none
) -%}
select
    ({{ percentile_of_distribution(share) }}) / {{ 1000 if vital == 'cls' else 1 }} as percentile,
    coalesce(sum(samples), 0)::bigint as samples
from (
    select
        value,
        sum(samples) as samples,
        sum(sum(samples)) over (order by value asc) as up_to,
        sum(sum(samples)) over () as total
    from {{ ref('web_vital_distributions') }}
    where
        vital = {{ sql_text(vital) }}
        and day between '{{ from_day }}'::date and '{{ to_day }}'::date
        {%- if property_id is not none %}
        and property_id = {{ sql_text(property_id) }}
        {%- endif %}
        {%- if device_type is not none %}
        and device_type = {{ sql_text(device_type) }}
        {%- endif %}
        {%- if country_code is not none %}
        and country_code = {{ sql_text(country_code) }}
        {%- endif %}
    group by value
) as distribution
{%- endmacro -%}
