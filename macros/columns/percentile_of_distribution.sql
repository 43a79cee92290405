{#
    percentile_cont over a histogram, as an aggregate over its rows: the value at the rank below, and
    the share of the way to the value at the rank above. `up_to` counts the samples up to and with the
    row's value, `total` all of them.
#}
{%- macro percentile_of_distribution(share, value='value', up_to='up_to', total='total') -%}
{%- set rank -%}
({{ share }}::double precision * ({{ total }} - 1)::double precision)
{%- endset -%}
{%- set below -%}
min({{ value }}) filter (where {{ up_to }} > floor({{ rank }}))
{%- endset -%}
{%- set above -%}
min({{ value }}) filter (where {{ up_to }} > ceil({{ rank }}))
{%- endset -%}
{{ below }}
        + max({{ rank }} - floor({{ rank }})) * ({{ above }} - {{ below }})
{%- endmacro -%}
