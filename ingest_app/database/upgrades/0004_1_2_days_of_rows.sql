-- In a transaction of its own, which locks these rows alone. Until now every day was UTC.
update raw.ingest_rejections
set occurred_on = (occurred_at at time zone 'UTC')::date
where occurred_on is null;

update raw.form_submissions
set occurred_on = (captured_at at time zone 'UTC')::date
where occurred_on is null;
