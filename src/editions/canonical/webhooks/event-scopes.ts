import type { Principal } from '#kernel/http/principal.ts';
import { ALL_EVENT_TYPES } from '#modules/webhooks/index.ts';
import { requireScope } from '../bulk/resource-scope.ts';

/** What the first word of an event type tells about, and the scope to read that: an event is a way of reading it. */
const SCOPE_OF: Readonly<Record<string, string>> = {
  order: 'orders:read',
  return: 'orders:read',
  quote: 'orders:read',
  payment: 'payments:read',
  refund: 'payments:read',
  dispute: 'payments:read',
  invoice: 'payments:read',
  product: 'inventory:read',
  shipment: 'shipping:read',
};

/** Null for the test event, which tells nothing. */
function scopeOf(type: string): string | null {
  return SCOPE_OF[type.slice(0, type.indexOf('.'))] ?? null;
}

/** Errors: `forbidden`, naming the first scope that is missing. */
export function requireEventScopes(principal: Principal, types: readonly string[]): void {
  for (const type of types) {
    const scope = scopeOf(type);
    if (scope) requireScope(principal, scope, `the event ${type}`);
  }
}

/** The types of events that may be read; undefined for all of them. */
export function readableTypes(principal: Principal): string[] | undefined {
  const readable = ALL_EVENT_TYPES.filter((type) => {
    const scope = scopeOf(type);
    return scope === null || principal.scopes.has(scope);
  });
  return readable.length === ALL_EVENT_TYPES.length ? undefined : readable;
}
