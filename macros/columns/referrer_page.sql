{# Browsers mostly send the site alone, which is `/`. #}
{%- macro referrer_page(referrer) -%}
coalesce(substring({{ referrer }} from '^[^/]*//+[^/?#]*(/[^?#]*)'), '/')
{%- endmacro -%}
