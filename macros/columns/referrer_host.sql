{#
    As ingest reads the host of a referrer. Browsers send ASCII: what is written otherwise, and an
    address of IPv6, is no host here. `www.com` is a name of its own.
#}
{%- macro referrer_host(referrer) -%}
lower(
            substring(
                {{ referrer }}
                from '^(?:(?:[Hh][Tt][Tt][Pp][Ss]?|android-app):)?//+(?:[^/?#]*@)?'
                || '(?:[Ww]{3}[.](?=[A-Za-z0-9_-]+[.][A-Za-z0-9_-]))*'
                || '([A-Za-z0-9_-]{1,63}(?:[.][A-Za-z0-9_-]{1,63})*)[.]?(?::[0-9]{0,5})?(?:[/?#]|$)'
            )
        )
{%- endmacro -%}
