{# The published bounds of good and poor, in the units of web_vital_distributions. #}
{%- macro vital_thresholds() -%}
select *
    from (
        values
        {% for vital in var('web_vitals') -%}
        ('{{ vital.name }}', {{ vital.good_up_to }}, {{ vital.poor_above }}){{ ',' if not loop.last }}
        {% endfor -%}
    ) as bounds (vital, good_up_to, poor_above)
{%- endmacro -%}
