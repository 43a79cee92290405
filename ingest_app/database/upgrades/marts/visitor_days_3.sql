-- Sets are the texts of arrays, which take a third of the bytes.
alter table analytics.visitor_days
alter column traffic_sources type text using traffic_sources::text,
alter column device_types type text using device_types::text,
alter column country_codes type text using country_codes::text,
alter column event_types type text using event_types::text;
