import type { Row } from '#kernel/database/connection.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { OrderId } from '#kernel/ids.ts';
import type { Reservation } from '../stock.ts';

const COLUMNS = 'id, version, order_id, status, allocations, backordered, expires_at, created_at, updated_at';

const findOpen = prepared(`select ${COLUMNS} from inventory.reservations
  where org_id = $1 and livemode = $2 and order_id = $3 and status <> 'released'`);
const lockLatest = prepared(`select ${COLUMNS} from inventory.reservations
  where org_id = $1 and livemode = $2 and order_id = $3 order by id desc limit 1 for update`);
const insert = prepared(`insert into inventory.reservations
  (id, org_id, livemode, version, order_id, status, allocations, created_at, updated_at, backordered, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`);
const lockAll = prepared(`select ${COLUMNS} from inventory.reservations
  where org_id = $1 and livemode = $2 and order_id = $3 order by id for update`);
const update = prepared(`update inventory.reservations set version = $3, status = $4, updated_at = $5, allocations = $6,
    backordered = $7, expires_at = $8
  where org_id = $1 and id = $2`);

/** The order's reservation that is reserved or committed, or no row; read it with `toReservation`. */
export function reservationFindOpen(tenant: Tenant, orderId: OrderId): Statement {
  return findOpen([tenant.orgId, tenant.livemode, orderId]);
}

export async function reservationReadOpen(
  database: ModuleDatabase,
  tenant: Tenant,
  orderId: OrderId,
): Promise<Reservation | null> {
  const [row] = await database.read(tenant, reservationFindOpen(tenant, orderId));
  return row ? toReservation(row) : null;
}

/** The order's newest reservation, locked; or no row. */
export function reservationLockLatest(tenant: Tenant, orderId: OrderId): Statement {
  return lockLatest([tenant.orgId, tenant.livemode, orderId]);
}

export function reservationInsert(tenant: Tenant, reservation: Reservation): Statement {
  return insert([
    reservation.id,
    tenant.orgId,
    tenant.livemode,
    reservation.version,
    reservation.orderId,
    reservation.status,
    JSON.stringify(reservation.allocations),
    reservation.createdAt,
    reservation.updatedAt,
    JSON.stringify(reservation.backordered),
    reservation.expiresAt,
  ]);
}

/** Every reservation that the order ever had, oldest first, locked. */
export function reservationsLock(tenant: Tenant, orderId: OrderId): Statement {
  return lockAll([tenant.orgId, tenant.livemode, orderId]);
}

/** Only for a reservation that this transaction has locked. */
export function reservationUpdate(tenant: Tenant, reservation: Reservation): Statement {
  const { id, version, status, updatedAt, expiresAt } = reservation;
  const [allocations, backordered] = [reservation.allocations, reservation.backordered].map((each) =>
    JSON.stringify(each),
  );
  return update([tenant.orgId, id, version, status, updatedAt, allocations, backordered, expiresAt]);
}

export function toReservation(row: Row): Reservation {
  return {
    id: row.id,
    version: row.version,
    orderId: row.order_id,
    status: row.status,
    allocations: row.allocations,
    backordered: row.backordered,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
