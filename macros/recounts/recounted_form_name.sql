{# The form that an event is of, as raw has it. #}
{%- macro recounted_form_name(props) -%}
coalesce(
            case
                when jsonb_typeof({{ props }} -> 'formName') = 'string'
                    then substring({{ props }} ->> 'formName' from '^.{1,128}$')
            end,
            '(not set)'
        )
{%- endmacro -%}
