-- Names that a property has no more, and under which events still arrive. Each leads to the one
-- that it has now: never to another alias.
create table if not exists raw.property_aliases (
    alias varchar(128) not null,
    property_id varchar(128) not null,
    is_merge boolean not null,
    created_at timestamptz not null default now(),
    moved_at timestamptz,
    marts_moved_at timestamptz,
    constraint property_aliases_pkey primary key (alias),
    constraint property_aliases_name_another check (alias <> property_id)
);

comment on column raw.property_aliases.is_merge is
'Whether there were rows of both names, and not of the alias alone.';
comment on column raw.property_aliases.moved_at is
'When the last raw row had the new name; null while they are moved, or where that was interrupted.';
comment on column raw.property_aliases.marts_moved_at is
'When the marts had the new name on days that raw no longer holds; null until then.';
