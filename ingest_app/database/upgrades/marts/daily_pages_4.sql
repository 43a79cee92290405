-- No day has more of them than an integer holds.
alter table analytics.daily_pages
alter column views type integer,
alter column visitors type integer,
alter column entering_visitors type integer,
alter column entrances type integer,
alter column exits type integer,
alter column conversions type integer,
alter column engaged_samples type integer,
alter column scroll_samples type integer,
alter column people_views type integer,
alter column people type integer,
alter column bots type integer,
alter column entering_people type integer,
alter column people_entrances type integer,
alter column people_exits type integer,
alter column people_conversions type integer,
alter column people_engaged_samples type integer,
alter column people_scroll_samples type integer,
-- Of two properties that were merged nobody may know who saw a page of both, or entered there, on
-- a day that raw no longer holds.
alter column visitors drop not null,
alter column entering_visitors drop not null;
