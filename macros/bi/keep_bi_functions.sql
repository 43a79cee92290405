{#
    Statements that make the functions by which any tool asks for what does not add up; at the start of a
    build. They read marts with the rights of who calls them, and so the rows that these may read. Who
    changes what a function takes or gives gives it another name: PostgreSQL keeps the one of before.
#}
{%- macro keep_bi_functions() -%}
{%- set place = target.schema ~ '_bi' -%}
{%- set setting -%}
language plpgsql stable set search_path = pg_catalog, pg_temp
{%- endset -%}
{#
    The query of windows, with the arguments in place of their values. A body is kept as text, so it names no
    database: a dump may be restored into one of another name.
#}
{%- set percentile = {} -%}
{%- for device in [none, '@device'] -%}
    {%- set query = window_percentile('@vital', 'asked_share', '@from', '@to', '@property', device) -%}
    {%- do percentile.update({device: query | replace('"' ~ target.database ~ '".', '')}) -%}
    {%- for argument in ['vital', 'from', 'to', 'property', 'device'] -%}
        {%- do percentile.update(
            {device: percentile[device] | replace("'@" ~ argument ~ "'", 'asked_' ~ argument)}
        ) -%}
    {%- endfor -%}
{%- endfor -%}
do $footfall$
begin
    if to_regnamespace('{{ place }}') is null then
        create schema {{ place }};
    end if;
end
$footfall$;

create or replace function {{ place }}.property_asked(property text) returns text {{ setting }} as $body$
declare
    readable text[] := {{ target.schema }}.readable_properties(current_user);
begin
    if property is not null then
        return property;
    elsif '' = any(readable) then
        return '';
    elsif cardinality(readable) = 1 then
        return readable[1];
    end if;
    raise exception 'property: name one; all of them together are for who may read every property';
end
$body$;
comment on function {{ place }}.property_asked(text) is
'The property of which a question is: that which is named. Else, for who may read every property, all of '
'them together, the empty text; and for who may read one, that.';

create or replace function {{ place }}.visitors_by(
    dimension text, from_day date, to_day date, property text default null, audience text default 'all'
)
returns table (value text, visitors bigint, returning_visitors bigint) {{ setting }} as $body$
#variable_conflict use_column
declare
    asked_property text := {{ place }}.property_asked(property);
    asked_dimension text := case dimension
        when 'source' then 'traffic_source'
        when 'device' then 'device_type'
        when 'country' then 'country'
        when 'event_type' then 'event_type'
        when '' then ''
    end;
    asked_audience text := audience;
    first_day date := from_day;
    last_day date := to_day;
begin
    if asked_dimension is null then
        raise exception 'dimension: source, device, country or event_type, and not %', dimension;
    elsif first_day is null or last_day is null or first_day > last_day then
        raise exception 'from_day and to_day: a first and a last day, in this order';
    elsif asked_audience is null or asked_audience not in ('all', 'people', 'bots') then
        raise exception 'audience: all, people or bots, and not %', asked_audience;
    end if;
    return query
    select
        counted.value,
        counted.visitors,
        counted.returning_visitors
    from (
        select
            recency.value,
            sum(case asked_audience
                when 'all' then recency.visitors
                when 'people' then recency.people
                else recency.bots
            end)::bigint as visitors,
            sum(case asked_audience
                when 'all' then recency.returning_visitors
                when 'people' then recency.returning_people
                else recency.returning_bots
            end)::bigint as returning_visitors
        from {{ ref('visitor_recency').include(database=false) }} as recency
        where
            recency.property_id = asked_property
            and recency.dimension = asked_dimension
            and recency.day between first_day and last_day
            and recency.previous_day < first_day
        group by recency.value
    ) as counted
    where counted.visitors > 0
    order by
        counted.visitors desc,
        counted.value collate "C";
end
$body$;
comment on function {{ place }}.visitors_by(text, date, date, text, text) is
'Distinct visitors of a window of days by source, device, country or event_type: each once under each value '
'that they came with, so these do not add up. Without a property: all of them together.';

create or replace function {{ place }}.unique_visitors(
    from_day date, to_day date, property text default null, audience text default 'all'
)
returns bigint {{ setting }} as $body$
begin
    return coalesce(
        (
            select visitors
            from {{ place }}.visitors_by('', from_day, to_day, property, audience)
        ), 0
    );
end
$body$;
comment on function {{ place }}.unique_visitors(date, date, text, text) is
'Distinct visitors of a window of days, each once; audience is all, people or bots. Without a property: all '
'of them together, where a visitor of two is one.';

create or replace function {{ place }}.returning_visitors(
    from_day date, to_day date, property text default null, audience text default 'all'
)
returns bigint {{ setting }} as $body$
begin
    return coalesce(
        (
            select returning_visitors
            from {{ place }}.visitors_by('', from_day, to_day, property, audience)
        ), 0
    );
end
$body$;
comment on function {{ place }}.returning_visitors(date, date, text, text) is
'Those of unique_visitors who were returning on a day of the window: first seen before that day.';

create or replace function {{ place }}.percentile(
    vital text,
    share double precision,
    from_day date,
    to_day date,
    property text default null,
    device text default null
)
returns double precision {{ setting }} as $body$
#variable_conflict use_column
declare
    asked_vital text := vital;
    asked_share double precision := share;
    asked_from date := from_day;
    asked_to date := to_day;
    asked_property text := {{ place }}.property_asked(property);
    asked_device text := device;
begin
    if vital is null or vital not in ({% for known in var('web_vitals') -%}
        {{ sql_text(known.name) }}{{ ', ' if not loop.last }}
    {%- endfor %}) then
        raise exception 'vital: {{ var("web_vitals") | map(attribute="name") | join(", ") }}, and not %', vital;
    elsif share is null or share not between 0 and 1 then
        raise exception 'share: from 0 to 1, such as 0.75, and not %', share;
    elsif from_day is null or to_day is null or from_day > to_day then
        raise exception 'from_day and to_day: a first and a last day, in this order';
    elsif device not in ('desktop', 'mobile', 'tablet', 'bot', 'unknown') then
        raise exception 'device: desktop, mobile, tablet, bot or unknown, and not %', device;
    elsif device is null then
        return (
            select percentile
            from (
                {{ percentile[none] }}
            ) as asked
        );
    end if;
    return (
        select percentile
        from (
            {{ percentile['@device'] }}
        ) as asked
    );
end
$body$;
comment on function {{ place }}.percentile(text, double precision, date, date, text, text) is
'The percentile of a web vital over a window of days, exactly that of the raw values, in milliseconds (cls has no '
'unit); null where nothing was measured. Without a property: all together; without a device: all devices.';
{%- endmacro -%}
