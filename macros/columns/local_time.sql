{# What the clocks of the property say, without a zone; after join_zones() of the rows. #}
{%- macro local_time(instant) -%}
({{ instant }} at time zone coalesce(zones.time_zone, 'UTC'))
{%- endmacro -%}
