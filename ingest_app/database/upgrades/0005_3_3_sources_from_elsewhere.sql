-- As the one before.
create index if not exists events_traffic_source_timestamp_idx
on raw.events (traffic_source, "timestamp") where traffic_source <> 'internal';
