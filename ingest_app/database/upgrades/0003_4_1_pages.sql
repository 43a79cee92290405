-- The page of each event. Rows of before keep their path as their page.
alter table raw.events add column if not exists page varchar(2048);

comment on column raw.events.page is
'The page of the path, by what was set for the property then; null where it is the path.';
