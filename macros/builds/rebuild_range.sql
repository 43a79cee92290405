{# [from, to] of a named rebuild, or an empty list; anything else than two days in order stops. #}
{%- macro rebuild_range() -%}
    {%- set from_day = (var('rebuild_from', none) or '') | string -%}
    {%- set to_day = (var('rebuild_to', none) or '') | string -%}
    {%- if not from_day and not to_day -%}
        {{ return([]) }}
    {%- endif -%}
    {%- if not from_day or not to_day -%}
        {{ exceptions.raise_compiler_error('A named rebuild needs both rebuild_from and rebuild_to.') }}
    {%- endif -%}
    {%- for day in [from_day, to_day] -%}
        {%- set parts = modules.re.match('([0-9]{4})-(0[1-9]|1[0-2])-([0-9]{2})$', day) -%}
        {%- if not parts or not parts.group(1) | int -%}
            {{ exceptions.raise_compiler_error("'" ~ day ~ "' is not a day like 2026-01-31.") }}
        {%- endif -%}
        {%- set year, month = parts.group(1) | int, parts.group(2) | int -%}
        {%- set is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) -%}
        {%- set month_days = 29 if month == 2 and is_leap else 28 if month == 2
            else 30 if month in (4, 6, 9, 11) else 31 -%}
        {%- if not 1 <= parts.group(3) | int <= month_days -%}
            {{ exceptions.raise_compiler_error("'" ~ day ~ "' is not a day of the calendar.") }}
        {%- endif -%}
    {%- endfor -%}
    {%- if from_day > to_day -%}
        {{ exceptions.raise_compiler_error(
            'rebuild_from (' ~ from_day ~ ') comes after rebuild_to (' ~ to_day ~ ').'
        ) }}
    {%- endif -%}
    {{ return([from_day, to_day]) }}
{%- endmacro -%}
