import type { Row } from '#kernel/database/connection.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { insertMany, prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { ShipmentId, TrackingUpdate } from './shipment.ts';
import type { Scan } from './status.ts';

/** How many pieces of news are shown; all of them count. */
const SHOWN_MAX = 200;

/** News as it is kept. */
export interface StoredUpdate extends Scan, Pick<TrackingUpdate, 'rawStatus' | 'receivedAt'> {
  detail: Buffer | null;
}

const insert = insertMany(
  'shipping.tracking_updates',
  {
    shipment_id: 'text',
    event_key: 'text',
    org_id: 'text',
    livemode: 'boolean',
    status: 'text',
    raw_status: 'text',
    detail: 'bytea',
    occurred_at: 'timestamptz',
    received_at: 'timestamptz',
  },
  'on conflict (shipment_id, event_key) do nothing returning event_key',
);
const findScans = prepared(
  'select event_key, status, occurred_at from shipping.tracking_updates where shipment_id = $1',
);
const findShown = prepared(`select event_key, status, raw_status, detail, occurred_at, received_at
  from shipping.tracking_updates where shipment_id = $1 order by occurred_at desc, received_at desc, event_key
  limit ${SHOWN_MAX}`);

/** Answers a row for each that was not known. */
export function updatesInsert(
  { orgId, livemode }: Tenant,
  id: ShipmentId,
  updates: readonly StoredUpdate[],
): Statement {
  return insert(
    updates.map((update) => ({
      shipment_id: id,
      event_key: update.key,
      org_id: orgId,
      livemode,
      status: update.status,
      raw_status: update.rawStatus,
      detail: update.detail,
      occurred_at: update.occurredAt,
      received_at: update.receivedAt,
    })),
  );
}

/** Everything that the status depends on; read the rows with `toScan`. */
export function scansOf(id: ShipmentId): Statement {
  return findScans([id]);
}

export function toScan(row: Row): Scan {
  return { key: row.event_key, status: row.status, occurredAt: row.occurred_at };
}

/** The newest news first. */
export async function updatesFind(database: ModuleDatabase, scope: Scope, id: ShipmentId): Promise<StoredUpdate[]> {
  const rows = await database.read(scope, findShown([id]));
  return rows.map((row) => ({
    ...toScan(row),
    rawStatus: row.raw_status,
    detail: row.detail,
    receivedAt: row.received_at,
  }));
}
