-- Imports and exports: what was asked, how far it is, and the rows that were not taken.

create table transfers (
  id text not null constraint transfers_pkey primary key,
  job_id text not null constraint transfers_job_id_key unique,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  kind text not null check (kind in ('import', 'export')),
  resource text not null,
  format text not null check (format in ('csv', 'ndjson')),
  dry_run boolean not null,
  settings jsonb not null,
  status text not null check (status in ('queued', 'running', 'canceling', 'completed', 'failed', 'canceled')),
  file_bytes bigint not null check (file_bytes >= 0),
  file_sha256 text check (file_sha256 ~ '^[0-9a-f]{64}$'),
  rows_total integer,
  rows_read integer not null default 0,
  rows_created integer not null default 0,
  rows_updated integer not null default 0,
  rows_unchanged integer not null default 0,
  rows_failed integer not null default 0,
  position jsonb not null,
  failure jsonb,
  cause jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  started_at timestamptz,
  finished_at timestamptz,
  expires_at timestamptz,
  files_removed boolean not null default false
);
comment on table transfers is 'An import or export with its job. `position` is the checkpoint: what lies before it is done and counted.';
create index transfers_list_idx on transfers (org_id, livemode, kind, id);
create index transfers_jobs_idx on transfers (org_id, livemode, job_id);
create index transfers_open_idx on transfers (org_id) where status in ('queued', 'running', 'canceling');
select kernel.tenant_table('bulk.transfers');

create table failed_rows (
  transfer_id text not null constraint failed_rows_transfer_id_fkey references transfers (id),
  row_number integer not null check (row_number > 0),
  org_id text not null,
  livemode boolean not null,
  content bytea not null,
  constraint failed_rows_pkey primary key (transfer_id, row_number)
);
comment on table failed_rows is 'Rows that an import did not take, as they were sent, with what is wrong; sealed, because any cell may be personal.';
select kernel.tenant_table('bulk.failed_rows');
