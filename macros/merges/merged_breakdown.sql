{# An object of counts: those of both, key by key. #}
{%- macro merged_breakdown(name) -%}
(
    select coalesce(jsonb_object_agg(added.key, added.occurrences), '{}'::jsonb)
    from (
        select
            entries.key,
            sum(entries.value::numeric) as occurrences
        from (
            select * from jsonb_each_text(kept.{{ name }})
            union all
            select * from jsonb_each_text(gone.{{ name }})
        ) as entries
        group by entries.key
    ) as added
)
{%- endmacro -%}
