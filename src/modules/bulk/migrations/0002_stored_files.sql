-- How much the kept files of an organisation hold is asked before another one comes.
create index transfers_files_idx on transfers (org_id, livemode) include (file_bytes) where not files_removed;
