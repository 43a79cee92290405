-- The page view that an event belongs to.
alter table raw.events add column if not exists view_id uuid;

comment on column raw.events.view_id is
'The page view that the event belongs to, by the browser''s claim; null where it named none.';
