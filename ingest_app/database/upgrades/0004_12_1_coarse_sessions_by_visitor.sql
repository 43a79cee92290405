-- Reads all sessions once, in a transaction of its own.
create index if not exists sessions_coarse_visitor_id_idx
on raw.sessions (visitor_id) where is_coarse;
