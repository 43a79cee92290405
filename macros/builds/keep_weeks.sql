{#
    Pre-hook of a mart that adds up the weeks of a mart of days. Triggers of that mart take a week away in
    the transaction that changes one of its days, whoever changes it. So a week that is there is always
    the sum of its days. Where the triggers are missing, nobody knows: all weeks go, and are added up anew.
    Days of another schema, and of a view of them, are not ours to watch.
#}
{%- macro keep_weeks(days) -%}
{%- set is_ours = days.schema == this.schema -%}
{%- if is_building() -%}
do $footfall$
declare
    place record;
begin
    {% if is_incremental() -%}
    -- Who is changing a day ends first, and who begins to waits: neither sees the other half-done.
    lock table {{ this }} in share row exclusive mode;
    if {{ is_ours }} and exists (
        select from pg_trigger
        where
            tgrelid = '{{ days }}'::regclass
            and tgname = 'forget_weeks_insert_new'
    ) then
        -- The last day may be an earlier one now.
        delete from {{ this }}
        where week >= (select date_trunc('week', max(day)::timestamp) from {{ days }});
        return;
    end if;
    delete from {{ this }};
    {%- endif %}
    if not {{ is_ours }} or exists (
        select from pg_class
        where
            oid = '{{ days }}'::regclass
            and relkind = 'v'
    ) then
        return;
    end if;
    create or replace function {{ this.schema }}.forget_weeks() returns trigger
    language plpgsql set search_path = pg_catalog, pg_temp
    as $weeks$
    declare
        changed_week date;
    begin
        if to_regclass(format('%I.%I', tg_table_schema, tg_argv[0])) is not null then
            -- One by one, which the planner looks up by the index.
            for changed_week in
                select distinct date_trunc('week', day::timestamp)::date from changed
            loop
                execute format('delete from %I.%I where week = $1', tg_table_schema, tg_argv[0])
                using changed_week;
            end loop;
        end if;
        return null;
    end
    $weeks$;
    for place in
        select * from (
            values ('insert', 'new'), ('update', 'old'), ('update', 'new'), ('delete', 'old')
        ) as places (event, side)
    loop
        execute format(
            'create or replace trigger forget_weeks_%1$s_%2$s after %1$s on {{ days }} '
            'referencing %2$s table as changed for each statement '
            'execute function {{ this.schema }}.forget_weeks(%3$L)',
            place.event, place.side, '{{ this.identifier }}'
        );
    end loop;
end
$footfall$
{%- endif -%}
{%- endmacro -%}
