-- In a transaction of its own: visitors cannot be written while it is made.
create index if not exists visitors_last_ip_hash_idx on raw.visitors (last_ip_hash);
