{# An array, for its JSON says where one text ends. 128 bits of SHA-256: MD5 can be made to collide. #}
{%- macro text_key(columns) -%}
encode(
            substr(
                sha256(convert_to(json_build_array({{ columns | join(', ') }})::text, 'UTF8')), 1, 16
            ),
            'hex'
        )::uuid
{%- endmacro -%}
