{#
    The rest of an analysis of visitors by the day of their visit before, after its CTEs `horizon` and
    `seen`: one row a visitor, property, day and `value`, with as_person and as_bot. `keys` are the
    mart's columns beside property and day; the last is the hash of `value`, of which `text` is SQL.
#}
{%- macro recency_differences(mart, keys, text='placed.value') -%}
{%- set plain = keys[:-1] -%}
{%- set told = plain + ['value'] -%}
{%- set counts = ['visitors', 'people', 'bots'] -%}
-- The days before on which the visitor counted in the rows of the daily mart. By the visitor first,
-- by whom most rows are told apart.
placed as (
    select
        scopes.property_id,
        {% for name in told -%}
        seen.{{ name }},
        {% endfor -%}
        seen.day,
        seen.as_person,
        seen.as_bot,
        lag(seen.day) over visitor as previous_day,
        max(seen.day) filter (where seen.as_person) over before as previous_day_as_person,
        max(seen.day) filter (where seen.as_bot) over before as previous_day_as_bot
    from seen
    cross join lateral (values (seen.property_id), ('')) as scopes (property_id)
    window
        visitor as (
            partition by seen.visitor_id, seen.{{ told | join(', seen.') }}, scopes.property_id
            order by seen.day asc
        ),
        before as (
            visitor
            rows between unbounded preceding and 1 preceding
        )
),

counted as (
    select
        placed.property_id,
        placed.day,
        {% for name in plain -%}
        placed.{{ name }},
        {% endfor -%}
        encode(
            substr(sha256(convert_to({{ text }}, 'UTF8')), 1, 16), 'hex'
        )::uuid as {{ keys[-1] }},
        measures.previous_day,
        count(*) filter (where measures.measure = 'visitors') as visitors,
        count(*) filter (where measures.measure = 'people') as people,
        count(*) filter (where measures.measure = 'bots') as bots
    from placed
    cross join
        lateral (
            values
            ('visitors', true, placed.previous_day),
            ('people', placed.as_person, placed.previous_day_as_person),
            ('bots', placed.as_bot, placed.previous_day_as_bot)
        ) as measures (measure, counts, previous_day)
    where
        measures.counts
        and measures.previous_day >= (select horizon.held_from from horizon)
        and placed.day between '{{ var("discrepancy_from", "0001-01-01") }}'::date
        and '{{ var("discrepancy_to", "9999-12-31") }}'::date
    group by
        placed.property_id,
        placed.day,
        placed.{{ told | join(',\n        placed.') }},
        measures.previous_day
),

recounted as (
    select
        property_id,
        day,
        {{ keys | join(',\n        ') }},
        array_agg(previous_day order by previous_day asc) as previous_days,
        {% for name in counts -%}
        array_agg({{ name }} order by previous_day asc) as {{ name }}_up_to
        {%- if not loop.last %},
        {% endif %}
        {%- endfor %}
    from (
        select
            property_id,
            day,
            {{ keys | join(',\n            ') }},
            previous_day,
            {% for name in counts -%}
            (sum({{ name }}) over up_to)::integer as {{ name }}
            {%- if not loop.last %},
            {% endif %}
            {%- endfor %}
        from counted
        window up_to as (
            partition by property_id, day, {{ keys | join(', ') }}
            order by previous_day asc
        )
    ) as summed
    group by
        property_id,
        day,
        {{ keys | join(',\n        ') }}
),

-- Without the places of days before the horizon, and without the visitors up to there.
placed_in_mart as (
    select
        recency.*,
        width_bucket(horizon.held_from - 1, recency.previous_days) as closed
    from {{ ref(mart) }} as recency
    cross join horizon
),

comparable as (
    select
        property_id,
        day,
        {{ keys | join(',\n        ') }},
        previous_days[closed + 1:] as previous_days,
        {% for name in counts -%}
        array(
            select up_to.counted - coalesce({{ name }}_up_to[closed], 0)
            from unnest({{ name }}_up_to[closed + 1:]) with ordinality as up_to (counted, place)
            order by up_to.place asc
        ) as {{ name }}_up_to
        {%- if not loop.last %},
        {% endif %}
        {%- endfor %}
    from placed_in_mart
    where cardinality(previous_days) > closed
)

{{ differences(
    mart,
    ['property_id', 'day'] + keys,
    ['previous_days', 'visitors_up_to', 'people_up_to', 'bots_up_to'],
    rows='comparable'
) }}
{%- endmacro -%}
