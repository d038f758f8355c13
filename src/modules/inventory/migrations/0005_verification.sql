-- The continuous check that every level is the sum of its movements. What changes is noted by triggers, so that a change
-- that did not go through this program is noticed as well, and the check costs as much as there are changes.

alter table movements add column position bigint generated always as identity;
create unique index movements_level_position_key on movements (level_id, position);

create table level_changes (
  position bigint generated always as identity constraint level_changes_pkey primary key,
  org_id text not null,
  livemode boolean not null,
  level_id text not null
);
comment on table level_changes is 'Levels that changed, or got a movement, since they were checked last; the check takes the rows away.';
select kernel.tenant_table('inventory.level_changes');

create table level_checks (
  level_id text not null constraint level_checks_pkey primary key
    constraint level_checks_level_id_fkey references levels (id) on delete cascade,
  org_id text not null,
  livemode boolean not null,
  position bigint not null,
  available bigint not null,
  reserved bigint not null,
  damaged bigint not null,
  agrees boolean not null,
  checked_at timestamptz not null
);
comment on table level_checks is 'The sum of a level''s movements up to a position, and whether the level agreed with its whole sum when it was checked last.';
create index level_checks_disagreeing_idx on level_checks (level_id) where not agrees;
select kernel.tenant_table('inventory.level_checks');

create function note_levels() returns trigger language plpgsql as $$
begin
  insert into inventory.level_changes (org_id, livemode, level_id)
    select org_id, livemode, id from changed order by id;
  return null;
end $$;
create function note_movements() returns trigger language plpgsql as $$
begin
  insert into inventory.level_changes (org_id, livemode, level_id)
    select distinct org_id, livemode, level_id from changed order by level_id;
  return null;
end $$;
create trigger levels_inserted after insert on levels
  referencing new table as changed for each statement execute function note_levels();
create trigger levels_updated after update on levels
  referencing new table as changed for each statement execute function note_levels();
create trigger movements_inserted after insert on movements
  referencing new table as changed for each statement execute function note_movements();

-- Everything that is there already is checked once.
set local app.org_id = '*';
insert into level_changes (org_id, livemode, level_id) select org_id, livemode, id from levels;
