{# What a number of web_vital_distributions is divided by, to be in the unit of the browser. #}
{%- macro vital_scale(vital) -%}
case {{ vital }}
        {%- for known in var('web_vitals') %}
        when '{{ known.name }}' then {{ known.scale }}
        {%- endfor %}
    end
{%- endmacro -%}
