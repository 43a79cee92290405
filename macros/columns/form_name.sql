{# As a submission may have one: a text of 1 to 128 characters, and null for all else. #}
{%- macro form_name(props) -%}
case
        when jsonb_typeof({{ props }} -> 'formName') = 'string'
            then case
                when length({{ props }} ->> 'formName') between 1 and 128
                    then {{ props }} ->> 'formName'
            end
    end
{%- endmacro -%}
