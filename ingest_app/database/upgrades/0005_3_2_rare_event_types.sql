-- Reads all events once, and until it ends none is written.
create index if not exists events_event_type_timestamp_idx
on raw.events (event_type, "timestamp") where event_type not in ('page_view', 'page_exit');
