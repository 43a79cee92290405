{# One of the two arrays of a histogram that two rows have a part of: its steps, or how many each has. #}
{%- macro merged_histogram(steps, samples, asked) -%}
(
    select array_agg(added.{{ asked }} order by added.step)
    from (
        select
            parts.step,
            sum(parts.samples)::integer as samples
        from (
            select * from unnest(kept.{{ steps }}, kept.{{ samples }})
            union all
            select * from unnest(gone.{{ steps }}, gone.{{ samples }})
        ) as parts (step, samples)
        group by parts.step
    ) as added
)
{%- endmacro -%}
