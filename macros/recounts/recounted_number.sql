{# A measure of engagement as raw has it; null where it is no number within its bounds. #}
{%- macro recounted_number(column, props) -%}
{%- set measure = var('engagement') | selectattr('column', 'equalto', column) | first -%}
jsonb_path_query_first(
            {{ props }},
            '$.{{ measure.key }} ? (@.type() == "number" && @ >= 0 && @ <= {{ measure.most }})'
        )::text::double precision
{%- endmacro -%}
