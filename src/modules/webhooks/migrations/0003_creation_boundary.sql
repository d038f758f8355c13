-- An endpoint gets no event that was stored before it was made. Those that exist get what they got so far.

alter table endpoints add column made_in pg_snapshot;
alter table endpoints alter column made_in set default pg_current_snapshot();
comment on column endpoints.made_in is 'What the transaction that made the endpoint could see: events of these transactions are older than it.';
