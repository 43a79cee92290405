-- What the rest of the DDL is applied under: whoever applies it locks the table, as the owner alone
-- can. The highest number among its rows is the version of the database.
create schema if not exists raw;

create table if not exists raw.schema_version (
    version varchar(64) not null,
    applied_at timestamptz not null default now(),
    oldest_app integer not null default 1,
    constraint schema_version_pkey primary key (version)
);
