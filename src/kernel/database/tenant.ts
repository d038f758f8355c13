import type { OrganizationId } from '../ids.ts';

/**
 * Whose data a statement may touch. It is the first argument of every store function and, independently, the value that
 * row-level security compares with. `livemode` separates live from test data inside one organisation.
 */
export interface Tenant {
  orgId: OrganizationId;
  livemode: boolean;
}

/**
 * Every organisation at once. Only for the machinery (relay, jobs, sign-in) and for the lists of a platform
 * administrator (C-14); `everyTenant` is the only value of this kind and the gateway hands it out by scope.
 */
export interface EveryTenant {
  orgId: '*';
  livemode: boolean;
}

export type Scope = Tenant | EveryTenant;

export const everyTenant: EveryTenant = Object.freeze({ orgId: '*', livemode: true });
export const everyTestTenant: EveryTenant = Object.freeze({ orgId: '*', livemode: false });

export function isSingle(scope: Scope): scope is Tenant {
  return scope.orgId !== '*';
}
