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
        {%- set parts = modules.re.match('(?!0000)([0-9]{4})-(0[1-9]|1[0-2])-([0-9]{2})$', day) -%}
        {%- if not parts -%}
            {{ exceptions.raise_compiler_error("'" ~ day ~ "' is not a day like 2026-01-31.") }}
        {%- endif -%}
        {%- set month, number = parts.group(2) | int, parts.group(3) | int -%}
        {%- set first_of_month = modules.datetime.datetime(parts.group(1) | int, month, 1) -%}
        {# Days past the end of a month are of the next one. #}
        {%- if not 1 <= number <= 31
            or (first_of_month + modules.datetime.timedelta(number - 1)).month != month -%}
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
