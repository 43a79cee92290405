{# Milliseconds from the first sight of a visitor to a capture; none is below 0. #}
{%- macro time_to_capture_ms(captured_at) -%}
greatest(
            0,
            round(
                1000 * extract(
                    epoch from {{ captured_at }}
                    - coalesce(visitors_made_older.first_seen_at, visitors.first_seen_at)
                )
            )
        )
{%- endmacro -%}
