-- No day has more of them than an integer holds.
alter table analytics.daily_referrers
alter column sessions type integer,
alter column visitors type integer,
alter column page_views type integer,
alter column conversions type integer,
alter column converted_sessions type integer,
alter column bounces type integer;
