{# An array of distinct values in order, or the text of one: those of both; null where either is not known. #}
{%- macro merged_set(name, data_type) -%}
case
    when kept.{{ name }} is not null and gone.{{ name }} is not null
        then array(
            select distinct found.value
            {{- ' collate "C"' if data_type == 'text[]' }} as value
            from unnest(kept.{{ name }}::{{ data_type }} || gone.{{ name }}::{{ data_type }}) as found (value)
            order by value
        )
end
{%- endmacro -%}
