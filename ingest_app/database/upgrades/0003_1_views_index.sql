-- In a transaction of its own: it reads all events, and until it ends none is written.
-- Builds look up the other reports of a page view, which may lie on any day.
create index if not exists events_visitor_id_view_id_idx
on raw.events (visitor_id, view_id) where view_id is not null;
