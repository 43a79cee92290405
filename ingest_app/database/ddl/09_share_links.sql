-- Links by which people without a key look at one property. No row holds the token of a link, so
-- whoever reads the table or a backup of it opens nothing.
create table if not exists raw.share_links (
    id integer generated always as identity,
    token_hash varchar(64) not null,
    property_id varchar(128) not null,
    password_hash varchar(255),
    frame_origins text[] not null default '{}',
    expires_at timestamptz,
    created_at timestamptz not null default now(),
    revoked_at timestamptz,
    constraint share_links_pkey primary key (id),
    constraint share_links_token_hash_key unique (token_hash),
    constraint share_links_password_or_frame check (password_hash is null or frame_origins = '{}')
);

comment on column raw.share_links.token_hash is 'SHA-256 of the token, which the address holds.';
comment on column raw.share_links.password_hash is
'Parameters, salt and key of scrypt; null where the link asks for no password.';
comment on column raw.share_links.frame_origins is
'Origins whose pages may show it in a frame. None: no page may.';
comment on column raw.share_links.expires_at is 'From then on it opens nothing. Null: for good.';
