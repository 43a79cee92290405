{# Host and page of a referrer, taken apart piece by piece. The host is null where it is none. #}
{%- macro recounted_referrer(referrer) -%}
(
        select array[
            case
                when named.host ~ '^[A-Za-z0-9_-]{1,63}([.][A-Za-z0-9_-]{1,63})*$'
                    then regexp_replace(lower(named.host), '^(www[.](?=[^.]+[.]))+', '')
            end,
            coalesce(nullif(split_part(split_part(pieces.found[3], '?', 1), '#', 1), ''), '/')
        ]
        from (
            select regexp_match(
                {{ referrer }},
                '^((?:[Hh][Tt][Tt][Pp][Ss]?|android-app):)?/{2,}([^/?#]*)(.*)$'
            ) as found
        ) as pieces
        cross join lateral (
            select regexp_replace(
                regexp_replace(regexp_replace(pieces.found[2], '^.*@', ''), ':[0-9]{0,5}$', ''),
                '[.]$',
                ''
            ) as host
        ) as named
    )
{%- endmacro -%}
