{%- macro touch_also(mart, cutoff, days) -%}
    {% do run_query(
        "insert into " ~ source('analytics_state', 'rollup_touched_days')
        ~ " (invocation_id, mart, day, cutoff)"
        ~ " select '" ~ invocation_id ~ "', '" ~ mart ~ "', days.day, '" ~ cutoff ~ "'::timestamptz"
        ~ " from (" ~ days ~ ") as days (day)"
        ~ " where days.day >= (select held_from from "
        ~ source('analytics_state', 'raw_horizon') ~ ")"
        ~ " on conflict do nothing"
    ) %}
{%- endmacro -%}
