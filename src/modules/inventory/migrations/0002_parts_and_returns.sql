-- An order may leave in parts and come back in parts: each allocation counts what left and what came back.

set local app.org_id = '*';
update reservations set allocations = (
  select coalesce(jsonb_agg(allocation || jsonb_build_object(
    'committed', case when status = 'committed' then (allocation->>'quantity')::bigint else 0 end, 'returned', 0)), '[]')
  from jsonb_array_elements(allocations) as allocation);

create table effects (
  org_id text not null,
  livemode boolean not null,
  kind text not null check (kind in ('shipment', 'return')),
  subject_id text not null,
  reference text not null,
  lines jsonb not null,
  created_at timestamptz not null,
  constraint effects_pkey primary key (org_id, livemode, kind, subject_id, reference)
);
comment on table effects is 'What other modules asked for by a reference of their own; a reference that is here has no second effect.';
select kernel.tenant_table('inventory.effects');
create trigger effects_append_only before update or delete or truncate on effects
  for each statement execute function kernel.refuse_change();

alter table movements drop constraint movements_kind_check;
alter table movements add constraint movements_kind_check
  check (kind in ('adjustment', 'reservation', 'release', 'commit', 'return'));
