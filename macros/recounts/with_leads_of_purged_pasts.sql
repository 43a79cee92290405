{#
    The rows of a mart, with the leads of purged pasts taken for what raw can still count of them: on
    those days the mart may know more of them than raw, and must not know fewer.
#}
{%- macro with_leads_of_purged_pasts(mart, keys, lead_measures, measures) -%}
select
        {% for name in keys + measures -%}
        mart.{{ name }},
        {% endfor -%}
        {% for name in lead_measures -%}
        case
            when pasts.day is not null then least(mart.{{ name }}, coalesce(recounted.{{ name }}, 0))
            else mart.{{ name }}
        end as {{ name }}
        {%- if not loop.last %},
        {% endif %}
        {%- endfor %}
    from {{ ref(mart) }} as mart
    left join recounted using ({{ keys | join(', ') }})
    left join ({{ days_of_purged_pasts() }}) as pasts
        on mart.day = pasts.day
{%- endmacro -%}
