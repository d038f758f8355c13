-- Which keys still use operations that will go, so that their owners hear of it in time (G-58, G-59).
create table api_key_deprecated_uses (
  key_id text not null constraint api_key_deprecated_uses_key_id_fkey references api_keys (id),
  org_id text not null,
  livemode boolean not null,
  operation text not null,
  first_used_at timestamptz not null,
  last_used_at timestamptz not null,
  requests bigint not null,
  constraint api_key_deprecated_uses_pkey primary key (key_id, operation)
);
comment on table api_key_deprecated_uses is 'One row per key and operation that will go; the first use sends the mail.';
select kernel.tenant_table('identity.api_key_deprecated_uses');
