-- Holds for drafts that end by the clock, and orders that are promised more than there is.

create table settings (
  org_id text not null,
  livemode boolean not null,
  version integer not null,
  backorder text not null check (backorder in ('deny', 'allow')),
  draft_hold_minutes integer not null check (draft_hold_minutes between 0 and 43200),
  updated_at timestamptz not null,
  constraint settings_pkey primary key (org_id, livemode)
);
comment on table settings is 'How an organisation promises stock; an organisation without a row denies backorders and holds nothing for drafts.';
select kernel.tenant_table('inventory.settings');

alter table reservations add column backordered jsonb not null default '[]';
alter table reservations add column expires_at timestamptz;
alter table reservations add constraint reservations_hold_check check (expires_at is null or backordered = '[]');
create index reservations_backordered_idx on reservations (org_id, livemode, id)
  where status = 'reserved' and backordered <> '[]';

-- The levels of an order are read from its reservation by now.
drop index movements_cause_idx;
