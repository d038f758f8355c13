import { randomFillSync } from 'node:crypto';

/**
 * TypeIDs: `prefix_` + a UUIDv7 as 26 characters of Crockford base32 (https://github.com/jetify-com/typeid spec 0.3).
 * They sort by creation time, say what they name, and are the same string in every edition.
 */
export type Id<Prefix extends string> = `${Prefix}_${string}`;

/** Every prefix in use, with the object it names. A new module adds its line here; two objects never share one. */
export const ID_PREFIXES = {
  org: 'organisation',
  usr: 'user',
  cli: 'OAuth client',
  key: 'API key',
  ses: 'session',
  grt: 'OAuth grant (token family)',
  tok: 'OAuth token',
  inv: 'invitation',
  cus: 'customer',
  con: 'contact',
  adr: 'address',
  led: 'entry of a statement',
  prd: 'product',
  pri: 'price',
  bat: 'batch of an import',
  whs: 'warehouse',
  lvl: 'stock level',
  mov: 'stock movement',
  adj: 'stock adjustment',
  rsv: 'stock reservation',
  trf: 'stock transfer',
  cnt: 'stock count',
  ord: 'order',
  itm: 'order item',
  rtn: 'return of an order',
  quo: 'quote',
  arl: 'approval rule of orders',
  pay: 'payment',
  ref: 'refund',
  dsp: 'dispute',
  pmt: 'payment method',
  txn: 'processor transaction',
  crd: 'card behind a token',
  whk: 'webhook endpoint',
  dlv: 'webhook delivery',
  evt: 'event',
  aud: 'audit entry',
  job: 'job',
  imp: 'import',
  exp: 'export',
  sag: 'saga',
  req: 'request',
  msg: 'message (e-mail)',
  shp: 'shipment',
  shq: 'shipping quote',
  rtb: 'rate table',
  cac: 'carrier account',
} as const;

export type IdPrefix = keyof typeof ID_PREFIXES;
export type OrganizationId = Id<'org'>;
export type UserId = Id<'usr'>;
export type ClientId = Id<'cli'>;
export type ApiKeyId = Id<'key'>;
export type CustomerId = Id<'cus'>;
export type ProductId = Id<'prd'>;
export type PriceId = Id<'pri'>;
export type WarehouseId = Id<'whs'>;
export type StockLevelId = Id<'lvl'>;
export type StockMovementId = Id<'mov'>;
export type StockAdjustmentId = Id<'adj'>;
export type StockReservationId = Id<'rsv'>;
export type StockTransferId = Id<'trf'>;
export type StockCountId = Id<'cnt'>;
export type OrderId = Id<'ord'>;
export type PaymentId = Id<'pay'>;
export type PaymentMethodId = Id<'pmt'>;
export type WebhookId = Id<'whk'>;
export type EventId = Id<'evt'>;
export type JobId = Id<'job'>;
export type ImportId = Id<'imp'>;
export type ExportId = Id<'exp'>;

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** Two characters at once: index = the 10 bits they stand for. Halves the look-ups of an id. */
const PAIRS = Array.from({ length: 1024 }, (_, value) => ALPHABET[value >> 5]! + ALPHABET[value & 31]!);

/** Random bytes come from a refilled pool: one system call for many ids. */
const POOL_BYTES = 4096;
const pool = Buffer.alloc(POOL_BYTES);
let poolOffset = POOL_BYTES;

let lastMs = 0;
let counter = 0;

/**
 * A new id. `nowMs` is the creation instant; ids of one process are strictly increasing even inside one millisecond
 * (a 12-bit counter in UUIDv7's `rand_a` field, which borrows from the next millisecond when it runs out).
 */
export function newId<Prefix extends IdPrefix>(prefix: Prefix, nowMs: number = Date.now()): Id<Prefix> {
  if (nowMs > lastMs) {
    lastMs = nowMs;
    counter = 0;
  } else if (++counter > 0xfff) {
    lastMs += 1;
    counter = 0;
  }
  if (poolOffset + 8 > POOL_BYTES) {
    randomFillSync(pool);
    poolOffset = 0;
  }
  const variant = ((pool.readUInt32BE(poolOffset) & 0x3fffffff) | 0x80000000) >>> 0;
  const random = pool.readUInt32BE(poolOffset + 4);
  poolOffset += 8;
  return `${prefix}_${encode(lastMs, 0x7000 | counter, variant, random)}`;
}

/** No id with this prefix that was made at this instant or later is smaller: where a list by id can end. */
export function lowestId<Prefix extends IdPrefix>(prefix: Prefix, timeMs: number): Id<Prefix> {
  return `${prefix}_${encode(Math.max(0, Math.floor(timeMs)), 0, 0, 0)}`;
}

/** 128 bits (48 time, 16 version+counter, 32 variant+random, 32 random) to 26 characters, most significant first. */
function encode(timeMs: number, versionAndCounter: number, high: number, low: number): string {
  const timeHigh = Math.floor(timeMs / 0x1000000);
  const timeLow = timeMs % 0x1000000;
  // 26 characters hold 130 bits: the first pair carries the top 8 bits (two zero bits in front).
  return (
    PAIRS[timeHigh >>> 16]! +
    PAIRS[(timeHigh >>> 6) & 0x3ff]! +
    PAIRS[((timeHigh & 0x3f) << 4) | (timeLow >>> 20)]! +
    PAIRS[(timeLow >>> 10) & 0x3ff]! +
    PAIRS[timeLow & 0x3ff]! +
    PAIRS[versionAndCounter >>> 6]! +
    PAIRS[((versionAndCounter & 0x3f) << 4) | (high >>> 28)]! +
    PAIRS[(high >>> 18) & 0x3ff]! +
    PAIRS[(high >>> 8) & 0x3ff]! +
    PAIRS[((high & 0xff) << 2) | (low >>> 30)]! +
    PAIRS[(low >>> 20) & 0x3ff]! +
    PAIRS[(low >>> 10) & 0x3ff]! +
    PAIRS[low & 0x3ff]!
  );
}

const SUFFIX = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** Whether `value` has the form of an id with this prefix. A wrong form can never exist: callers answer "not found". */
export function isId<Prefix extends IdPrefix>(prefix: Prefix, value: unknown): value is Id<Prefix> {
  return (
    typeof value === 'string' &&
    value.length === prefix.length + 27 &&
    value.startsWith(`${prefix}_`) &&
    SUFFIX.test(value.slice(prefix.length + 1))
  );
}
