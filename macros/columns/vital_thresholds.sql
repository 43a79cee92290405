{# The published bounds of good and poor, in the units of web_vital_distributions. #}
{%- macro vital_thresholds() -%}
select *
    from (
        values
        ('fcp', 1800, 3000),
        ('lcp', 2500, 4000),
        ('inp', 200, 500),
        ('ttfb', 800, 1800),
        ('cls', 100, 250)
    ) as bounds (vital, good_up_to, poor_above)
{%- endmacro -%}
