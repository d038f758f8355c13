import type { ModuleDatabase, Transaction } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import { DomainError, invalidField } from '#kernel/errors.ts';
import type { OrderId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Order } from '../order.ts';

export type OrderAddress = {
  line1: string;
  line2: string | null;
  city: string;
  state: string | null;
  postalCode: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string;
};

/** What may tell about a person. It is sealed in rows and in events under a key of the order, and opened to be read. */
export type OrderDetails = {
  notes: string | null;
  shippingAddress: OrderAddress | null;
  billingAddress: OrderAddress | null;
};

/** An order as the other modules and the editions get it. */
export type OrderWithDetails = Order & OrderDetails;

export type NewAddress = Pick<OrderAddress, 'line1' | 'city' | 'country'> & Partial<OrderAddress>;
export type NewDetails = {
  notes?: string | null;
  shippingAddress?: NewAddress | null;
  billingAddress?: NewAddress | null;
};
/** Only what changes; null clears, and an address is merged line by line (C-53). */
export type DetailsPatch = {
  notes?: string | null;
  shippingAddress?: Partial<OrderAddress> | null;
  billingAddress?: Partial<OrderAddress> | null;
};

const NONE: OrderDetails = { notes: null, shippingAddress: null, billingAddress: null };

const keys = prepared('select subject_id, org_id, wrapped_key from orders.subject_keys where subject_id = any($1)');
const insertKey = prepared(
  'insert into orders.subject_keys (subject_id, org_id, livemode, wrapped_key) values ($1, $2, $3, $4)',
);
const deleteKeys = prepared(`delete from orders.subject_keys where subject_id in (
  select id from orders.orders where org_id = $1 and livemode = $2 and customer_id = $3)`);

/** Details as the state of an order keeps them, and the statement that keeps their key when it is new. */
export interface SealedDetails {
  sealedDetails: string | null;
  statements: Statement[];
}

/** The only place where notes and addresses are sealed and opened. */
export interface DetailsSealer {
  /** For a new order; errors: `validation` (an address without a required line). */
  create(tenant: Tenant, id: OrderId, input: NewDetails): SealedDetails;
  /**
   * For a draft that `tx` has locked. Errors: `validation`, `gone` (the key was destroyed: the customer was erased).
   */
  patch(tx: Transaction, tenant: Tenant, order: Order, patch: DetailsPatch): Promise<SealedDetails>;
  open(scope: Scope, order: Order): Promise<OrderWithDetails>;
  /** One look-up of keys for all of them, and none when no order has details. */
  openAll(scope: Scope, orders: readonly Order[]): Promise<OrderWithDetails[]>;
}

export function createDetailsSealer({ database, sealing }: Pick<ModuleKit, 'database' | 'sealing'>): DetailsSealer {
  function seal(key: ReturnType<typeof sealing.openSubjectKey>, id: OrderId, details: OrderDetails): string | null {
    if (Object.values(details).every((value) => value === null)) return null;
    return sealing.seal(key, JSON.stringify(details), placeOf(id)).toString('base64');
  }

  function sealAnew(tenant: Tenant, id: OrderId, details: OrderDetails): SealedDetails {
    if (Object.values(details).every((value) => value === null)) return { sealedDetails: null, statements: [] };
    const { key, wrappedKey } = sealing.createSubjectKey(tenant.orgId, id);
    const statements = [insertKey([id, tenant.orgId, tenant.livemode, wrappedKey])];
    return { sealedDetails: seal(key, id, details), statements };
  }

  function opened(order: Order, row: KeyRow | undefined): OrderWithDetails {
    if (order.sealedDetails === null || !row) return { ...order, ...NONE };
    const key = sealing.openSubjectKey(row.org_id, order.id, row.wrapped_key);
    return {
      ...order,
      ...JSON.parse(sealing.open(key, Buffer.from(order.sealedDetails, 'base64'), placeOf(order.id))),
    };
  }

  async function openAll(scope: Scope, orders: readonly Order[]): Promise<OrderWithDetails[]> {
    const ids = orders.filter(({ sealedDetails }) => sealedDetails !== null).map(({ id }) => id);
    const rows = ids.length === 0 ? [] : await readKeys(database, scope, ids);
    const byId = new Map(rows.map((row) => [row.subject_id, row]));
    return orders.map((order) => opened(order, byId.get(order.id)));
  }

  return {
    create: (tenant, id, input) => sealAnew(tenant, id, patched(NONE, input)),
    async patch(tx, tenant, order, patch) {
      const [found] = await tx.run([keys([[order.id]])]);
      const row = found!.rows[0] as KeyRow | undefined;
      if (!row) {
        if (order.sealedDetails === null) return sealAnew(tenant, order.id, patched(NONE, patch));
        throw new DomainError('gone', 'The personal data of this order was erased; it takes no new ones.');
      }
      const key = sealing.openSubjectKey(row.org_id, order.id, row.wrapped_key);
      return { sealedDetails: seal(key, order.id, patched(opened(order, row), patch)), statements: [] };
    },
    open: async (scope, order) => (await openAll(scope, [order]))[0]!,
    openAll,
  };
}

/** Destroys the keys of all orders of a customer: their notes and addresses cannot be read any more, nor those in events. */
export function erasureOf(tenant: Tenant, customerId: string): Statement {
  return deleteKeys([tenant.orgId, tenant.livemode, customerId]);
}

interface KeyRow {
  subject_id: OrderId;
  org_id: string;
  wrapped_key: Buffer;
}

async function readKeys(database: ModuleDatabase, scope: Scope, ids: readonly OrderId[]): Promise<KeyRow[]> {
  return (await database.read(scope, keys([ids]))) as KeyRow[];
}

/** The names of the details that a patch is about; for the event, which must not tell the values. */
export function detailsIn(patch: DetailsPatch): (keyof OrderDetails)[] {
  return (['notes', 'shippingAddress', 'billingAddress'] as const).filter((name) => patch[name] !== undefined);
}

function patched(current: OrderDetails, patch: DetailsPatch): OrderDetails {
  return {
    notes: patch.notes === undefined ? current.notes : patch.notes,
    shippingAddress: mergedAddress('shipping_address', current.shippingAddress, patch.shippingAddress),
    billingAddress: mergedAddress('billing_address', current.billingAddress, patch.billingAddress),
  };
}

function mergedAddress(
  field: string,
  current: OrderAddress | null,
  patch: Partial<OrderAddress> | null | undefined,
): OrderAddress | null {
  if (patch === undefined) return current;
  if (patch === null) return null;
  const merged = { line1: '', line2: null, city: '', state: null, postalCode: null, country: '', ...current };
  for (const [line, value] of Object.entries(patch)) {
    if (value !== undefined) Object.assign(merged, { [line]: value });
  }
  for (const line of ['line1', 'city', 'country'] as const) {
    if (!merged[line]) throw invalidField(`${field}.${line}`, 'required', `An address needs its ${line}.`);
  }
  return merged;
}

function placeOf(id: OrderId): string {
  return `orders.orders.sealed_details:${id}`;
}
