-- With the index before it gone, a session that goes on touches no index where its page has room.
-- Pages that are there keep what they hold.
drop index if exists raw.sessions_coarse_idx;

alter table raw.visitors set (fillfactor = 80);
alter table raw.sessions set (fillfactor = 80);
