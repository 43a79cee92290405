{#
    Steps say where the rank lies; of its own the values are read. People have a row for all of their
    devices, and bots are the one that is left.
#}
{%- macro window_percentile(vital, share, from_day, to_day, property_id=none, device_type=none) -%}
{%- set window -%}
vital = {{ sql_text(vital) }} and {{ in_window(from_day, to_day, property_id or '', device_type) }}
{%- if device_type is none %} and device_type in ('', 'bot'){% endif -%}
{%- endset -%}
{%- set rank -%}
{{ share }}::double precision * (steps.total - 1)::double precision
{%- endset -%}
select
    ({{ percentile_of_distribution(share) }}) / {{ vital_scale(sql_text(vital)) }} as percentile,
    coalesce(max(total), 0)::bigint as samples
from (
    select
        listed.value,
        steps.up_to - steps.samples
        + sum(listed.samples) over (partition by steps.step order by listed.value asc) as up_to,
        steps.total
    from (
        select
            stepped.step,
            sum(stepped.samples) as samples,
            sum(sum(stepped.samples)) over (order by stepped.step asc) as up_to,
            sum(sum(stepped.samples)) over () as total
        from {{ ref('web_vital_distributions') }} as days
        cross join unnest(days.steps, days.step_samples) as stepped (step, samples)
        where
            {{ window }}
        group by stepped.step
    ) as steps
    cross join
        lateral (
            select
                counted.value,
                sum(counted.samples) as samples
            from {{ ref('web_vital_distributions') }} as days
            cross join
                unnest(days.measured_values, days.value_samples) as counted (value, samples)
            where
                {{ window }}
                and counted.value / 64 = steps.step
            group by counted.value
        ) as listed
    -- The rank counts from 0, and lies between two values that may be of two steps.
    where
        steps.up_to > floor({{ rank }})
        and steps.up_to - steps.samples <= ceil({{ rank }})
) as distribution
{%- endmacro -%}
