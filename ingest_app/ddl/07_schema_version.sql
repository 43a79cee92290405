-- Which versions of this schema the database has had. Read by the readiness check.
create table if not exists raw.schema_version (
    version varchar(64) not null,
    applied_at timestamptz not null default now(),
    constraint schema_version_pkey primary key (version)
);

comment on column raw.schema_version.version is
'SHA-256 of the DDL that was applied.';
