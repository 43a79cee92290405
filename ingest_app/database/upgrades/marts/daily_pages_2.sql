-- Paths may be longer than a key holds: the key has a hash of the path.
alter table analytics.daily_pages add column if not exists path_key uuid;

update analytics.daily_pages
set
    path_key = encode(
        substr(sha256(convert_to(json_build_array(path)::text, 'UTF8')), 1, 16), 'hex'
    )::uuid
where path_key is null;

alter table analytics.daily_pages
alter column path_key set not null,
drop constraint if exists daily_pages_pkey,
add constraint daily_pages_pkey primary key (property_id, day, path_key);
