-- The request that hands evidence in, by a hash, noted before the processor hears of it: when its process dies, the same
-- request again is known to be the one that was answered.
alter table disputes add column evidence_request bytea;
comment on column disputes.evidence_request is 'A hash of the idempotency key and fingerprint of the request that last handed evidence in.';
