-- What the machinery itself needs: the helpers of migrations and the cursors of the event bus.
create schema if not exists kernel;
comment on schema kernel is 'What the machinery needs: helpers of migrations, which of them ran, cursors of the event bus. No business data.';

create or replace function kernel.tenant_table(relation regclass, has_livemode boolean default true) returns void
language plpgsql as $$
begin
  execute format('alter table %s enable row level security', relation);
  execute format('alter table %s force row level security', relation);
  execute format('drop policy if exists tenant on %s', relation);
  execute format(
    'create policy tenant on %s using (org_id = current_setting(''app.org_id'', true) %s or current_setting(''app.org_id'', true) = ''*'')',
    relation,
    case when has_livemode then 'and livemode = (current_setting(''app.livemode'', true) = ''true'')' else '' end
  );
end $$;
comment on function kernel.tenant_table is 'Puts a table under forced row-level security: rows of the session''s organisation and mode only; nothing when no tenant is set.';

create or replace function kernel.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'table % is append-only', tg_table_name using errcode = 'TC001';
end $$;

create or replace function kernel.require(condition boolean, reason text) returns boolean language plpgsql as $$
begin
  if condition is not true then
    raise exception '%', reason using errcode = 'TC002';
  end if;
  return true;
end $$;
comment on function kernel.require is 'Aborts a transaction that was sent in one flight when a row it counted on was not there.';

create table if not exists kernel.migrations (
  schema_name text not null,
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default now(),
  constraint migrations_pkey primary key (schema_name, name)
);

create table if not exists kernel.consumers (
  name text not null,
  source text not null,
  transaction_id xid8 not null default '0',
  position bigint not null default 0,
  updated_at timestamptz not null default now(),
  constraint consumers_pkey primary key (name, source)
);
comment on table kernel.consumers is 'How far each consumer has read the event log of each module.';

create table if not exists kernel.dead_letters (
  consumer text not null,
  event_id text not null,
  source text not null,
  error text not null,
  failed_at timestamptz not null default now(),
  constraint dead_letters_pkey primary key (consumer, event_id)
);
comment on table kernel.dead_letters is 'Events that a consumer gave up on; they are kept for replay and raise an alert.';
