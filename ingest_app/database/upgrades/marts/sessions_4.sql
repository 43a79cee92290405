-- No visit has more of them than an integer holds.
alter table analytics.sessions
alter column events type integer,
alter column page_views type integer,
alter column conversions type integer;
