import type { WebhookId } from '#kernel/ids.ts';

export const ORDERINGS = ['none', 'per_object'] as const;
export type Ordering = (typeof ORDERINGS)[number];

export const WEBHOOK_STATUSES = ['active', 'paused', 'failing'] as const;
/** `paused` by its owner; `failing` since a delivery was given up and none has succeeded after it. */
export type WebhookStatus = (typeof WEBHOOK_STATUSES)[number];

/** Endpoints an organisation may have in one mode. */
export const ENDPOINTS_MAX = 50;

export interface Webhook {
  id: WebhookId;
  version: number;
  /** Which edition's events it gets, and how; see DeliveryContract. */
  contract: string;
  url: string;
  events: string[];
  description: string | null;
  ordering: Ordering;
  paused: boolean;
  /** Since when deliveries are given up, or null. */
  failingSince: string | null;
  /** Until when the secret before the last rotation signs too, or null. */
  previousSecretUntil: string | null;
  createdAt: string;
  updatedAt: string;
}

/** Shown once, at creation and at rotation. */
export interface WebhookWithSecret extends Webhook {
  secret: string;
}

export interface NewWebhook {
  /** HTTPS, checked by the field type. */
  url: string;
  events: readonly string[];
  /** The default one unless given. */
  contract?: string;
  secret?: string;
  description?: string | null;
  ordering?: Ordering;
}

export interface WebhookPatch {
  url?: string;
  events?: readonly string[];
  description?: string | null;
  ordering?: Ordering;
  paused?: boolean;
}

export function statusOf(webhook: Pick<Webhook, 'paused' | 'failingSince'>): WebhookStatus {
  if (webhook.paused) return 'paused';
  return webhook.failingSince ? 'failing' : 'active';
}
