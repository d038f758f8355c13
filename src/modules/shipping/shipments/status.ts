export const SHIPMENT_STATUSES = [
  'created',
  'picked_up',
  'in_transit',
  'out_for_delivery',
  'delivered',
  'failed',
  'returned',
] as const;
export type ShipmentStatus = (typeof SHIPMENT_STATUSES)[number];

/**
 * What may follow what. Carriers skip scans, so every step forward may leave some out; a parcel that could not be
 * delivered is tried again or goes back; one that came back goes nowhere any more.
 */
const NEXT: Readonly<Record<ShipmentStatus, readonly ShipmentStatus[]>> = {
  created: ['picked_up', 'in_transit', 'out_for_delivery', 'delivered', 'failed', 'returned'],
  picked_up: ['in_transit', 'out_for_delivery', 'delivered', 'failed', 'returned'],
  in_transit: ['out_for_delivery', 'delivered', 'failed', 'returned'],
  out_for_delivery: ['in_transit', 'delivered', 'failed', 'returned'],
  failed: ['in_transit', 'out_for_delivery', 'delivered', 'returned'],
  delivered: ['returned'],
  returned: [],
};

/** Which of two scans of one instant comes first. */
const RANK: Readonly<Record<ShipmentStatus, number>> = {
  created: 0,
  picked_up: 1,
  in_transit: 2,
  out_for_delivery: 3,
  failed: 4,
  delivered: 5,
  returned: 6,
};

/** A scan as far as the status depends on it; null is a status that we do not know. `key` names it within its parcel. */
export interface Scan {
  key: string;
  status: ShipmentStatus | null;
  /** ISO 8601 UTC. */
  occurredAt: string;
}

/** Where a parcel is, and the instants that matter. */
export interface Progress {
  status: ShipmentStatus;
  /** When the carrier had it first. */
  leftAt: string | null;
  deliveredAt: string | null;
}

export const NOT_STARTED: Progress = { status: 'created', leftAt: null, deliveredAt: null };

/**
 * The progress that scans tell: in the order in which they happened, leaving out those that cannot follow. It depends on
 * the set of scans alone, never on the order of their arrival, and one that came twice counts once (G-38).
 */
export function progressOf(scans: readonly Scan[]): Progress {
  const known = new Map<string, Scan & { status: ShipmentStatus }>();
  for (const { key, status, occurredAt } of scans) if (status) known.set(key, { key, status, occurredAt });
  return [...known.values()].sort(byTime).reduce(after, NOT_STARTED);
}

function byTime(left: Scan & { status: ShipmentStatus }, right: Scan & { status: ShipmentStatus }): number {
  if (left.occurredAt !== right.occurredAt) return left.occurredAt < right.occurredAt ? -1 : 1;
  return RANK[left.status] - RANK[right.status] || (left.key < right.key ? -1 : 1);
}

function after(progress: Progress, { status, occurredAt }: Scan & { status: ShipmentStatus }): Progress {
  if (!NEXT[progress.status].includes(status)) return progress;
  return {
    status,
    // A parcel that failed and nothing else never left the house.
    leftAt: progress.leftAt ?? (status === 'failed' ? null : occurredAt),
    deliveredAt: status === 'delivered' ? occurredAt : progress.deliveredAt,
  };
}
