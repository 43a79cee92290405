{# A measure of rollup_reconciliation, out of the rows of both rollups as one JSON; 0 where it says nothing. #}
{%- macro value_of_measure(rollups, measure) -%}
coalesce(
    case
        when {{ measure }} like '%top_landing_paths.entrances'
            then (
                select sum((entries.entry ->> 'entrances')::numeric)
                from
                    jsonb_array_elements({{ rollups }} -> split_part({{ measure }}, '.', 1))
                        as entries (entry)
            )
        when strpos({{ measure }}, '.') > 0
            then (
                {{ rollups }} -> split_part({{ measure }}, '.', 1)
                ->> substr({{ measure }}, strpos({{ measure }}, '.') + 1)
            )::numeric
        else ({{ rollups }} ->> {{ measure }})::numeric
    end,
    0
)
{%- endmacro -%}
