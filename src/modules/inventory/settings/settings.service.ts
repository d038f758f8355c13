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

export function settings({ database, writes, clock }: ModuleKit): Pick<Inventory, 'getSettings' | 'updateSettings'> {
  return {
    async getSettings(tenant) {
      const [row] = await database.read(tenant, settingsFind(tenant));
      return toSettings(row);
    },

    updateSettings(context, patch) {
      const { tenant } = context;
      return writes.run(context, async (tx) => {
        const name = `inventory.settings|${tenant.orgId}|${tenant.livemode}`;
        const [, found] = await tx.run([lock([name]), settingsFind(tenant)]);
        const current = toSettings(found!.rows[0]);
        expectVersion(context, 'settings', current.version);
        const changed: InventorySettings = {
          version: current.version + 1,
          backorder: patch.backorder ?? current.backorder,
          draftHoldMinutes: patch.draftHoldMinutes ?? current.draftHoldMinutes,
        };
        const { version, backorder, draftHoldMinutes } = changed;
        const at = clock.now().toISOString();
        tx.add(store([tenant.orgId, tenant.livemode, version, backorder, draftHoldMinutes, at]));
        tx.append(settingsEvent(tenant, changed));
        return changed;
      });
    },
  };
}
