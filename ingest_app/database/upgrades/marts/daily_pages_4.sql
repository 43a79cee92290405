-- Of two properties that were merged nobody may know who saw a page of both, or entered there, on a day
-- that raw no longer holds.
alter table analytics.daily_pages
alter column visitors drop not null,
alter column entering_visitors drop not null;
