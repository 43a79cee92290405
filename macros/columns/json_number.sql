{# Nested, because only case promises an order: the cast is never tried on what is no number. #}
{%- macro json_number(column, key, min, max) -%}
case
        when jsonb_typeof({{ column }} -> '{{ key }}') = 'number'
            then case
                when ({{ column }} -> '{{ key }}')::numeric between {{ min }} and {{ max }}
                    then ({{ column }} -> '{{ key }}')::double precision
            end
    end
{%- endmacro -%}
