-- The zones by whose clocks a property cuts its days, each from a day on. Before the first of them,
-- and without any, days are UTC.
create table if not exists raw.property_zones (
    property_id varchar(128) not null,
    from_day date not null,
    time_zone varchar(64) not null,
    created_at timestamptz not null default now(),
    constraint property_zones_pkey primary key (property_id, from_day)
);

comment on column raw.property_zones.from_day is
'The first day that the zone cuts; it cuts all days until that of the next row.';
comment on column raw.property_zones.time_zone is 'By its name in the IANA database.';

-- The latest zone whose clocks have reached its first day, and no later day than the one before the
-- next zone: so days follow each other, whatever comes after what. Written for the databases of any
-- version as one look-up, which is quick where there is no row.
create or replace function raw.day_of(of_property text, instant timestamptz) returns date
language sql
stable
parallel safe
set search_path = pg_catalog, pg_temp
as $$
    select least(
        coalesce(latest.day, (instant at time zone 'UTC')::date),
        (
            select min(later.from_day) - 1
            from raw.property_zones as later
            where later.property_id = of_property
                and later.from_day > coalesce(latest.from_day, '-infinity'::date)
        )
    )
    from (select) as always
    left join lateral (
        select zones.from_day, (instant at time zone zones.time_zone)::date as day
        from raw.property_zones as zones
        where zones.property_id = of_property
            and (instant at time zone zones.time_zone)::date >= zones.from_day
        order by zones.from_day desc
        limit 1
    ) as latest on true
$$;

comment on function raw.day_of(text, timestamptz) is
'The day of an instant by the clocks of a property; this database''s rules of zones decide.';

-- A refusal, and a form that was no event, have their day from the database: it alone knows what
-- was set for the property when the row was stored.
create or replace function raw.set_day_of_rejection() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    new.occurred_on := coalesce(new.occurred_on, raw.day_of(new.property_id, new.occurred_at));
    return new;
end
$$;

create or replace trigger set_day
before insert on raw.ingest_rejections
for each row execute function raw.set_day_of_rejection();

create or replace function raw.set_day_of_submission() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
    new.occurred_on := coalesce(new.occurred_on, (new.captured_at at time zone 'UTC')::date);
    return new;
end
$$;

create or replace trigger set_day
before insert on raw.form_submissions
for each row execute function raw.set_day_of_submission();
