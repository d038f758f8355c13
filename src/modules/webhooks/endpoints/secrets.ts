import { HOUR_MS } from '#kernel/clock.ts';
import type { WebhookId } from '#kernel/ids.ts';

/** How long the secret before a rotation goes on signing (G-21). */
export const ROTATION_OVERLAP_MS = 24 * HOUR_MS;

/** The place a signing secret is sealed for; one for both columns, because rotation moves it from one to the other. */
export function secretContext(id: WebhookId): string {
  return `webhooks.endpoints.secret:${id}`;
}
