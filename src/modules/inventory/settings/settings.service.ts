import type { Row } from '#kernel/database/connection.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { settingsEvent } from '../events.ts';
import type { Inventory } from '../inventory.service.ts';
import { DEFAULT_SETTINGS, type InventorySettings } from './settings.ts';

const find = prepared(`select version, backorder, draft_hold_minutes from inventory.settings
  where org_id = $1 and livemode = $2`);
const lock = prepared('select pg_advisory_xact_lock(hashtextextended($1, 0))');
const store = prepared(`insert into inventory.settings
  (org_id, livemode, version, backorder, draft_hold_minutes, updated_at) values ($1, $2, $3, $4, $5, $6)
  on conflict on constraint settings_pkey do update set version = excluded.version, backorder = excluded.backorder,
    draft_hold_minutes = excluded.draft_hold_minutes, updated_at = excluded.updated_at`);

/** At most one row; read it with `toSettings`. */
export function settingsFind({ orgId, livemode }: Tenant): Statement {
  return find([orgId, livemode]);
}

export function toSettings(row: Row | undefined): InventorySettings {
  if (!row) return DEFAULT_SETTINGS;
  return { version: row.version, backorder: row.backorder, draftHoldMinutes: row.draft_hold_minutes };
}

/** Each draft asks for them. A change in this process counts at once, one of another process within this time. */
const KEPT_MS = 1_000;
const KEPT_TENANTS = 10_000;

export function settings({ database, writes, clock }: ModuleKit): Pick<Inventory, 'getSettings' | 'updateSettings'> {
  const kept = new Map<string, { settings: InventorySettings; readAtMs: number }>();
  /** Counts changes: what was read before one is not kept after it. */
  let changes = 0;
  const nameOf = ({ orgId, livemode }: Tenant) => `inventory.settings|${orgId}|${livemode}`;
  return {
    async getSettings(tenant) {
      const name = nameOf(tenant);
      const known = kept.get(name);
      if (known && performance.now() - known.readAtMs < KEPT_MS) return known.settings;
      const readAtMs = performance.now();
      const changesBefore = changes;
      const [row] = await database.read(tenant, settingsFind(tenant));
      if (kept.size >= KEPT_TENANTS) kept.clear();
      if (changes === changesBefore) kept.set(name, { settings: toSettings(row), readAtMs });
      return toSettings(row);
    },

    async updateSettings(context, patch) {
      const { tenant } = context;
      const changed = await writes.run(context, async (tx) => {
        const [, found] = await tx.run([lock([nameOf(tenant)]), settingsFind(tenant)]);
        const current = toSettings(found!.rows[0]);
        expectVersion(context, 'settings', current.version);
        const next: InventorySettings = {
          version: current.version + 1,
          backorder: patch.backorder ?? current.backorder,
          draftHoldMinutes: patch.draftHoldMinutes ?? current.draftHoldMinutes,
        };
        const { version, backorder, draftHoldMinutes } = next;
        const at = clock.now().toISOString();
        tx.add(store([tenant.orgId, tenant.livemode, version, backorder, draftHoldMinutes, at]));
        tx.append(settingsEvent(tenant, next));
        return next;
      });
      changes++;
      kept.delete(nameOf(tenant));
      return changed;
    },
  };
}
