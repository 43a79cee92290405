-- What the rest of the DDL is applied under: whoever applies it locks the table, as the owner alone
-- can. Its rows say which versions of this schema the database has had; the readiness check asks.
create schema if not exists raw;

create table if not exists raw.schema_version (
    version varchar(64) not null,
    applied_at timestamptz not null default now(),
    constraint schema_version_pkey primary key (version)
);
