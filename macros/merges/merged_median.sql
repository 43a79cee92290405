{#
    The median of two samples of which the medians alone are known: where one is empty, where both medians
    are the same, and where each has one value. Else null.
#}
{%- macro merged_median(median, samples) -%}
case
    when gone.{{ samples }} = 0 then kept.{{ median }}
    when kept.{{ samples }} = 0 then gone.{{ median }}
    when kept.{{ median }} = gone.{{ median }} then kept.{{ median }}
    when kept.{{ samples }} = 1 and gone.{{ samples }} = 1
        then (kept.{{ median }} + gone.{{ median }}) / 2
end
{%- endmacro -%}
