-- Of two properties that were merged nobody may know who came to both in an hour of a day that raw
-- no longer holds.
alter table analytics.daily_hours
alter column visitors drop not null,
alter column visitors_once drop not null;
