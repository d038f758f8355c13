import type { Row } from '#kernel/database/connection.ts';
import type { StoredEvent } from '#kernel/events/event.ts';

/**
 * Whether an event was stored before an endpoint was made. The clock alone cannot tell (two things happen in a millisecond,
 * and an event may commit late), so the database says which transactions the endpoint's own could see. The clock still has
 * a say: a log that was carried into another database counts its transactions anew.
 */
export function isOlderThan(endpoint: Row, { transactionId, occurredAt }: StoredEvent): boolean {
  const { made_in: madeIn, created_at: createdAt } = endpoint;
  if (!madeIn || transactionId === undefined || occurredAt > createdAt) return false;
  return isVisible(BigInt(transactionId), madeIn);
}

/** As `pg_visible_in_snapshot`: `xmin:xmax:` and the transactions between them that still ran. */
function isVisible(transaction: bigint, snapshot: string): boolean {
  const [oldest = '0', next = '0', running = ''] = snapshot.split(':');
  if (transaction < BigInt(oldest)) return true;
  return transaction < BigInt(next) && !running.split(',').includes(String(transaction));
}
