-- A submission that counted for two properties counts once when they are merged: for marts of days
-- that raw no longer holds it is kept for which it did.
alter table raw.submission_properties
add column if not exists merged_names varchar(128)[] not null default '{}';

comment on column raw.submission_properties.merged_names is
'Other properties for which it counted as well, and which are a part of this one now.';
