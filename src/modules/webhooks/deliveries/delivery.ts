import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#kernel/clock.ts';
import type { EventId, Id, WebhookId } from '#kernel/ids.ts';

export type DeliveryId = Id<'dlv'>;

/** Pauses after the first, second … failure (C-88.1). One first attempt and five retries (C-88.2). */
export const RETRY_DELAYS_MS: readonly number[] = [MINUTE_MS, 5 * MINUTE_MS, 25 * MINUTE_MS, 2 * HOUR_MS, 10 * HOUR_MS];

/** How long an endpoint has to answer (C-88). */
export const ANSWER_TIMEOUT_MS = 30 * SECOND_MS;

/** How long a claimed delivery is ours; then another process may think that we died. More than one attempt can take. */
export const LEASE_MS = 60 * SECOND_MS;

/** How much of an answer is kept for the delivery log. */
export const RESPONSE_KEPT_BYTES = 1_024;

export const DELIVERY_STATUSES = ['pending', 'succeeded', 'failed', 'canceled'] as const;
/** `canceled`: the endpoint was deleted before the delivery succeeded. */
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export const DELIVERY_KINDS = ['event', 'test', 'replay'] as const;
export type DeliveryKind = (typeof DELIVERY_KINDS)[number];

/** What became of one call. Times are ISO 8601 UTC. */
export interface Attempt {
  number: number;
  started_at: string;
  duration_ms: number;
  /** Null when there was no answer. */
  response_status: number | null;
  /** The first kilobyte of the answer. */
  response_body: string;
  /** Why it counts as failed, or null. */
  error: string | null;
}

export interface Delivery {
  id: DeliveryId;
  webhookId: WebhookId;
  eventId: EventId;
  eventType: string;
  kind: DeliveryKind;
  status: DeliveryStatus;
  attempts: Attempt[];
  nextAttemptAt: string | null;
  createdAt: string;
  completedAt: string | null;
}

/** The pause after the failed attempt `number` (1 is the first), or null when that was the last. A test has no second. */
export function pauseAfter(kind: DeliveryKind, number: number, delaysMs: readonly number[]): number | null {
  if (kind === 'test') return null;
  return delaysMs[number - 1] ?? null;
}
