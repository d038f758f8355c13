import type { OrganizationId } from '#kernel/ids.ts';
import type { Currency } from '#kernel/money.ts';

export const PLANS = ['free', 'starter', 'pro', 'enterprise'] as const;
export type Plan = (typeof PLANS)[number];
export const ORGANIZATION_STATUSES = ['active', 'suspended'] as const;
export type OrganizationStatus = (typeof ORGANIZATION_STATUSES)[number];

/** Limits of requests that were agreed on with one organisation; null where those of its plan hold (C-03). */
export interface RequestLimits {
  perMinute: number | null;
  perDay: number | null;
}

/** A tenant (G-08). Rate limits follow its plan (C-60). */
export interface Organization {
  id: OrganizationId;
  version: number;
  name: string;
  defaultCurrency: Currency;
  /** IANA name, such as `Europe/Berlin`. */
  timeZone: string;
  plan: Plan;
  requestLimits: RequestLimits;
  status: OrganizationStatus;
  metadata: Record<string, string>;
  createdAt: string;
  updatedAt: string;
}

export interface NewOrganization {
  name: string;
  defaultCurrency?: Currency;
  timeZone?: string;
  plan?: Plan;
  requestLimits?: RequestLimits;
  metadata?: Record<string, string>;
}

/** Only the fields to change. Plan, limits and status belong to the platform. */
export interface OrganizationPatch {
  name?: string;
  defaultCurrency?: Currency;
  timeZone?: string;
  plan?: Plan;
  /** Null takes both limits away. */
  requestLimits?: Partial<RequestLimits> | null;
  status?: OrganizationStatus;
  metadata?: Record<string, string | null> | null;
}

/** Everything about an organisation that it decides itself. */
export interface OrganizationReplacement {
  name: string;
  defaultCurrency: Currency;
  timeZone: string;
  metadata?: Record<string, string>;
}
