{#
    Rows of visitor_days or of sessions, of everybody who came on a touched day, with those that came
    before. By the index of visitors, so that a day costs what its visitors cost and not what all history
    does.
#}
{%- macro visits_until_touched_days(mart, columns) -%}
{%- set visits = ref(mart) -%}
select
        known.property_id,
        known.day,
        known.visitor_id,
        known.is_bot,
        {% for column in columns -%}
        known.{{ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    {% if is_incremental() -%}
    from (
        select
            visitor_id,
            max(day) as last_day
        from {{ visits }}
        where day in ({{ touched_days() }})
        group by visitor_id
    ) as seen
    cross join
        lateral (
            select earlier.*
            from {{ visits }} as earlier
            where
                earlier.visitor_id = seen.visitor_id
                and earlier.day <= seen.last_day
            offset 0
        ) as known
    {%- else -%}
    from {{ visits }} as known
    {%- endif -%}
{%- endmacro -%}
