-- Organisations, people, OAuth clients and everything a credential can be.

create table organizations (
  org_id text not null constraint organizations_pkey primary key,
  version integer not null,
  name text not null check (char_length(name) between 1 and 255),
  default_currency text not null check (default_currency ~ '^[A-Z]{3}$'),
  time_zone text not null,
  plan text not null check (plan in ('free', 'starter', 'pro', 'enterprise')),
  status text not null check (status in ('active', 'suspended')),
  metadata jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table organizations is 'The tenants. The platform itself is one: it owns the clients and people that may cross organisations (C-14).';
select kernel.tenant_table('identity.organizations', false);

create table users (
  id text not null constraint users_pkey primary key,
  org_id text not null constraint users_org_id_fkey references organizations (org_id),
  livemode boolean not null,
  version integer not null,
  name bytea not null,
  email bytea not null,
  email_index bytea,
  login_index bytea,
  pending_email bytea,
  role text not null check (role in ('admin', 'member', 'viewer')),
  roles text[] not null default '{}',
  status text not null check (status in ('pending', 'active', 'inactive', 'archived')),
  plan text not null check (plan in ('free', 'starter', 'pro', 'enterprise')),
  password_hash text,
  last_login timestamptz,
  metadata jsonb not null default '{}',
  archived_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table users is 'People who sign in. Name and addresses are sealed under the key of the person; email_index finds an address inside one organisation, login_index over all of them.';
create index users_list_idx on users (org_id, livemode, id);
create unique index users_email_key on users (org_id, livemode, email_index);
create index users_login_idx on users (login_index);
select kernel.tenant_table('identity.users');

create table oauth_clients (
  id text not null constraint oauth_clients_pkey primary key,
  org_id text not null constraint oauth_clients_org_id_fkey references organizations (org_id),
  livemode boolean not null,
  version integer not null,
  name text not null check (char_length(name) between 1 and 255),
  type text not null check (type in ('confidential', 'public')),
  secret_hash bytea check ((secret_hash is null) = (type = 'public')),
  secret_hint text,
  redirect_uris text[] not null,
  grant_types text[] not null,
  scopes text[] not null,
  issue_refresh_token boolean not null,
  refresh_reuse_grace_seconds integer not null check (refresh_reuse_grace_seconds between 0 and 300),
  owner_user_id text,
  status text not null check (status in ('active', 'revoked')),
  expires_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table oauth_clients is 'Programs that ask for tokens. A secret is long and random, so its SHA-256 is enough.';
create index oauth_clients_list_idx on oauth_clients (org_id, livemode, id);
select kernel.tenant_table('identity.oauth_clients');

create table sessions (
  id text not null constraint sessions_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  user_id text not null constraint sessions_user_id_fkey references users (id),
  secret_hash bytea not null constraint sessions_secret_hash_key unique,
  methods text[] not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  end_reason text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table sessions is 'Interactive sign-ins: idle end after 30 minutes, hard end after 24 hours (C-19). methods are RFC 8176 names (pwd, otp, hwk).';
create index sessions_user_idx on sessions (user_id);
create index sessions_expires_at_idx on sessions (expires_at);
select kernel.tenant_table('identity.sessions');

create table grants (
  id text not null constraint grants_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  grant_type text not null check (grant_type in ('client_credentials', 'authorization_code')),
  client_id text not null constraint grants_client_id_fkey references oauth_clients (id),
  user_id text,
  session_id text,
  scopes text[] not null,
  offline boolean not null,
  authenticated_at timestamptz,
  methods text[] not null default '{}',
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoke_reason text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table grants is 'A family of tokens: what one sign-in or one client credentials request led to. Revoking it ends all of them at once.';
create index grants_client_idx on grants (client_id) where revoked_at is null;
create index grants_user_idx on grants (user_id) where revoked_at is null and user_id is not null;
create index grants_session_idx on grants (session_id) where revoked_at is null and session_id is not null;
create index grants_expires_at_idx on grants (expires_at);
select kernel.tenant_table('identity.grants');

create table refresh_tokens (
  token_hash bytea not null constraint refresh_tokens_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  grant_id text not null constraint refresh_tokens_grant_id_fkey references grants (id) on delete cascade,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  successor bytea
);
comment on table refresh_tokens is 'Single use. successor is the sealed answer of that use, kept only for clients with a grace window (C-18).';
create index refresh_tokens_grant_idx on refresh_tokens (grant_id);
select kernel.tenant_table('identity.refresh_tokens');

create table authorization_codes (
  code_hash bytea not null constraint authorization_codes_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  client_id text not null,
  user_id text not null,
  session_id text not null,
  redirect_uri text not null,
  scopes text[] not null,
  code_challenge text not null,
  nonce text,
  authenticated_at timestamptz not null,
  methods text[] not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  grant_id text
);
comment on table authorization_codes is 'Single use, 60 seconds. A code that comes back ends the family that was made from it.';
create index authorization_codes_expires_at_idx on authorization_codes (expires_at);
select kernel.tenant_table('identity.authorization_codes');

create table one_time_tokens (
  token_hash bytea not null constraint one_time_tokens_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  user_id text not null constraint one_time_tokens_user_id_fkey references users (id),
  purpose text not null check (purpose in ('email_change', 'invitation', 'password_reset')),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
comment on table one_time_tokens is 'What a mail carries: proof that its reader owns the address.';
create index one_time_tokens_user_idx on one_time_tokens (user_id, purpose) where used_at is null;
create index one_time_tokens_expires_at_idx on one_time_tokens (expires_at);
select kernel.tenant_table('identity.one_time_tokens');

create table sign_in_attempts (
  login_index bytea not null constraint sign_in_attempts_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  failures integer not null,
  blocked_until timestamptz,
  updated_at timestamptz not null
);
comment on table sign_in_attempts is 'Failed sign-ins in a row by address, known or not, so that the pause tells nobody which addresses exist.';
create index sign_in_attempts_updated_at_idx on sign_in_attempts (updated_at);
select kernel.tenant_table('identity.sign_in_attempts');

create table api_keys (
  id text not null constraint api_keys_pkey primary key,
  org_id text not null constraint api_keys_org_id_fkey references organizations (org_id),
  livemode boolean not null,
  version integer not null,
  edition text not null check (edition in ('canonical', 'v1', 'v2')),
  family text not null,
  name text not null check (char_length(name) between 1 and 255),
  secret_hash bytea not null constraint api_keys_secret_hash_key unique,
  hint text not null,
  scopes text[] not null,
  ip_ranges text[] not null,
  read_only boolean not null,
  owner_user_id text,
  created_by text not null,
  expires_at timestamptz,
  retires_at timestamptz,
  replaced_by text,
  last_used_at timestamptz,
  revoked_at timestamptz,
  revoke_reason text,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table api_keys is 'Long-lived credentials of every edition (C-11). retires_at is the end of the overlap after a rotation (C-12).';
create index api_keys_list_idx on api_keys (org_id, livemode, id);
create index api_keys_owner_idx on api_keys (owner_user_id) where revoked_at is null and owner_user_id is not null;
select kernel.tenant_table('identity.api_keys');

create table api_key_usage (
  key_id text not null constraint api_key_usage_key_id_fkey references api_keys (id),
  org_id text not null,
  livemode boolean not null,
  day date not null,
  requests bigint not null,
  constraint api_key_usage_pkey primary key (key_id, day)
);
comment on table api_key_usage is 'Requests of a key by UTC day, written in batches off the request path.';
select kernel.tenant_table('identity.api_key_usage');

create table signing_keys (
  id text not null constraint signing_keys_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  public_key jsonb not null,
  private_key bytea not null,
  created_at timestamptz not null,
  retired_at timestamptz,
  expires_at timestamptz
);
comment on table signing_keys is 'ES256 keys of the tokens, private part sealed. A retired key signs nothing more and stays published until its last token has expired.';
select kernel.tenant_table('identity.signing_keys');
