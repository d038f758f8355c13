-- Cards behind tokens. A number never comes into this or any other table.

comment on schema vault is 'What stands behind the tokens of cards; nobody but the module vault can read it.';

create table cards (
  id text not null constraint cards_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  token_hash bytea not null,
  brand text not null,
  last4 text not null check (last4 ~ '^[0-9]{4}$'),
  exp_month integer not null check (exp_month between 1 and 12),
  exp_year integer not null,
  fingerprint text not null,
  reference bytea not null,
  created_at timestamptz not null,
  constraint cards_token_hash_key unique (token_hash)
);
comment on table cards is 'One row per token. Of the number only the last four digits and a keyed hash are kept; reference is what the processor knows the card by, sealed with keys of the vault alone.';
select kernel.tenant_table('vault.cards');
