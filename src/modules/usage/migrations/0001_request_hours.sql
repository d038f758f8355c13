-- How an organisation uses the API, by edition and hour.

comment on schema usage is 'How organisations use the API: requests, errors, latencies and limits, by the hour.';

create table request_hours (
  org_id text not null,
  livemode boolean not null,
  edition text not null,
  hour timestamptz not null,
  requests bigint not null check (requests > 0),
  client_errors bigint not null,
  server_errors bigint not null,
  refused bigint not null,
  peak_used bigint not null,
  peak_limit bigint not null check (peak_limit > 0),
  latencies bigint[] not null,
  constraint request_hours_pkey primary key (org_id, livemode, hour, edition)
);
comment on table request_hours is 'Sums of all processes. peak_used of peak_limit is the fullest rate limit that a request met; latencies counts requests by the buckets of latency-buckets.ts.';
select kernel.tenant_table('usage.request_hours');
create index request_hours_hour_idx on request_hours (hour);
