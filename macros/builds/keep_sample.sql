{#
    The views by which a target of one's own sees the last days of raw; gives the first of them, as text,
    or nothing where all of raw is seen. A sample moves on with the days and never back, as what was built
    does not hold the days before it.
#}
{%- macro keep_sample() -%}
    {%- set days = var('sample_days', none) -%}
    {%- if days is not none and is_production() -%}
        {{ exceptions.raise_compiler_error(
            'sample_days is for --target dev: these are the marts that everybody reads.'
        ) }}
    {%- endif -%}
    {%- if days is not none and (days is not integer or days is boolean or not 1 <= days <= 36500) -%}
        {{ exceptions.raise_compiler_error(
            "sample_days is how many days of raw to see, a number from 1 on, and not '" ~ days ~ "'."
        ) }}
    {%- endif -%}
    {%- if not is_sampled() -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set place = target.schema ~ '_raw' -%}
    {%- set begun = adapter.get_relation(target.database, place, 'events') is not none -%}
    {%- set kept = "'-infinity'::date" if not begun
        else '(select held_from from ' ~ source('analytics_state', 'raw_horizon') ~ ')' -%}
    {%- set asked = "'-infinity'::date" if days is none
        else "(now() at time zone 'UTC')::date - " ~ (days - 1) -%}
    {%- set query -%}
select
    greatest({{ kept }}, {{ asked }})::text as from_day,
    {{ asked }} < {{ kept }} as is_before
    {%- endset -%}
    {%- set from_day, is_before = run_query(query).rows[0] -%}
    {%- if days is not none and is_before -%}
        {{ exceptions.raise_compiler_error(
            'sample_days: what was built in ' ~ target.schema ~ ' begins on ' ~ from_day
            ~ '. For more days, drop its schemas and build anew.'
        ) }}
    {%- endif -%}
    {#- Staging of before, or of production, would go on to read all of raw. -#}
    {%- if not begun and 'model.footfall.stg_web__events' not in selected_resources -%}
        {{ exceptions.raise_compiler_error(
            'sample_days: the first build of a sample makes staging too, such as --select +daily_pages'
            ~ ' with the sign before the name.'
        ) }}
    {%- endif -%}
    {%- if days is not none -%}
        {%- set make -%}
do $footfall$
declare
    sampled text;
begin
    -- Who reads them must not hold up a build for ever.
    set local lock_timeout = '10s';
    if to_regnamespace('{{ place }}') is null then
        create schema {{ place }};
    end if;
    foreach sampled in array {{ text_array(sampled_tables()) }} loop
        execute format(
            -- The transaction of a row, by which builds know what they have seen, is a column of a view. On Citus
            -- they do not go by it, and no view of shards has it.
            'create or replace view {{ place }}.%I as select {{ "" if is_distributed() else "xmin, " }}%s'
            ' from raw.%I where occurred_on >= %L',
            sampled,
            -- Those that may be read: a role of builds does not see an address.
            (
                select string_agg(quote_ident(column_name), ', ' order by ordinal_position)
                from information_schema.columns
                where table_schema = 'raw' and table_name = sampled
            ),
            sampled,
            '{{ from_day }}'
        );
    end loop;
end
$footfall$
        {%- endset -%}
        {% do run_query(make) %}
        {% do run_query('commit') %}
    {%- endif -%}
    {{ return(from_day) }}
{%- endmacro -%}
