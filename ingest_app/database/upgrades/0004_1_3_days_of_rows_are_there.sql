alter table raw.ingest_rejections alter column occurred_on set not null;
alter table raw.form_submissions alter column occurred_on set not null;

create index if not exists ingest_rejections_occurred_on_idx on raw.ingest_rejections (occurred_on);
create index if not exists form_submissions_occurred_on_idx on raw.form_submissions (occurred_on);
drop index if exists raw.ingest_rejections_day_idx;
drop index if exists raw.form_submissions_day_idx;
