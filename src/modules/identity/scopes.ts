import { DomainError } from '#kernel/errors.ts';

/** Every scope with what it permits; the one list behind tokens, keys, the permission matrix and the documentation. */
export const SCOPES = {
  'products:read': 'Read products and prices',
  'products:write': 'Create and change products and prices',
  'customers:read': 'Read customers',
  'customers:write': 'Create, change and archive customers',
  'customers:erase': 'Erase customers for good',
  'inventory:read': 'Read stock',
  'inventory:approve': 'Approve and reject counts of stock',
  'inventory:write': 'Adjust stock and warehouses',
  'orders:read': 'Read orders',
  'orders:write': 'Create, change, confirm and cancel orders',
  'orders:approve': 'Approve or reject orders above an approval rule',
  'payments:read': 'Read payments and refunds',
  'payments:write': 'Charge, capture and refund',
  'payment_methods:read': 'Read stored payment methods',
  'payment_methods:write': 'Store and remove payment methods',
  'search:read': 'Search through what other scopes let you read',
  'shipping:read': 'Read shipments, shipping prices and carrier accounts',
  'shipping:write': 'Ship orders, print labels, bring shipping prices and carrier accounts',
  'webhooks:read': 'Read webhook endpoints and deliveries',
  'webhooks:write': 'Create and change webhook endpoints',
  'imports:read': 'Read imports and the rows they refused, with the scope of what is imported',
  'imports:write': 'Import files, with the scope to write what is imported',
  'exports:read': 'Read and download exports, with the scope of what is exported',
  'exports:write': 'Start exports, with the scope to read what is exported',
  'jobs:read': 'Read the progress of jobs',
  'jobs:write': 'Cancel and retry jobs',
  'users:read': 'Read the people of the organisation',
  'users:write': 'Create, change and restore people',
  'users:delete': 'Archive people',
  'organizations:read': 'Read the organisation',
  'organizations:write': 'Change the organisation',
  'api_keys:read': 'Read API keys, never their secrets',
  'api_keys:write': 'Create, rotate and revoke API keys',
  'oauth_clients:read': 'Read OAuth clients, never their secrets',
  'oauth_clients:write': 'Create, change and revoke OAuth clients',
  'audit:read': 'Read the audit trail',
  'events:read': 'Read events',
  'operations:read': 'Read the state of services, jobs and queues',
  'operations:write': 'Change log levels and replay failed work',
  'platform:admin': 'Read and write every organisation',
} as const satisfies Record<string, string>;

export type PermissionScope = keyof typeof SCOPES;

/** Scopes of OpenID Connect that any interactive client may ask for; they shape the answer and permit nothing else. */
export const PROTOCOL_SCOPES: readonly string[] = ['openid', 'profile', 'email', 'offline_access'];

const every = Object.keys(SCOPES) as PermissionScope[];
const ADMINISTRATION = /^(?:users|organizations|api_keys|oauth_clients|audit|operations|platform):/;
const HIDDEN_FROM_VIEWERS = /^(?:audit|api_keys|oauth_clients|operations):/;

const viewer = every.filter((scope) => scope.endsWith(':read') && !HIDDEN_FROM_VIEWERS.test(scope));
const member = every.filter(
  (scope) => viewer.includes(scope) || (scope.endsWith(':write') && !ADMINISTRATION.test(scope)),
);
const admin = every.filter((scope) => !/^(?:operations|platform):/.test(scope));

/**
 * What each role of an organisation may do (C-13, C-14): a viewer reads the business, a member also writes it, an admin
 * does everything inside the organisation, such as to approve the work of members (G-51). `operations:*` and `platform:admin` belong to the platform, never to a role.
 */
export const ROLE_SCOPES = { viewer, member, admin } as const satisfies Record<string, readonly PermissionScope[]>;

/** Every scope a client of an organisation may hold; `platform` clients may hold all. */
export const ORGANIZATION_SCOPES: readonly PermissionScope[] = admin;
export const ALL_SCOPES: readonly PermissionScope[] = every;

export function isScope(value: string): value is PermissionScope {
  return Object.hasOwn(SCOPES, value);
}

/** The names in a space-separated list (RFC 6749 section 3.3), each once, in their order. */
export function parseScopes(text: string | undefined): string[] {
  return [...new Set((text ?? '').split(' ').filter((name) => name !== ''))];
}

/** What bounds the scopes of a token: its client, and the role of its user when there is one. */
export interface ScopeBounds {
  clientScopes: readonly string[];
  /** Absent for a client that acts for itself. */
  role?: keyof typeof ROLE_SCOPES;
  /** Staff of the platform with a second factor, who alone may hold `platform:admin` as a person (C-14, C-24). */
  platformStaff?: boolean;
}

/** The part of `scopes` that client and role allow. Asked at every issue and at every proof, so a demotion counts at once. */
export function scopesWithin(bounds: ScopeBounds, scopes: readonly string[]): string[] {
  const { clientScopes, role, platformStaff = false } = bounds;
  const roleScopes: readonly string[] | null = role ? ROLE_SCOPES[role] : null;
  return scopes.filter((scope) => {
    if (PROTOCOL_SCOPES.includes(scope)) return role !== undefined;
    if (!clientScopes.includes(scope)) return false;
    return !roleScopes || roleScopes.includes(scope) || (scope === 'platform:admin' && platformStaff);
  });
}

/** Whether a sign-in used a second factor; names of RFC 8176. */
export function hasSecondFactor(methods: readonly string[]): boolean {
  return methods.includes('otp') || methods.includes('hwk');
}

/** Nobody hands out more than they hold. Errors: `forbidden`, naming the scope. */
export function checkGrantable(scopes: readonly string[], grantable: ReadonlySet<string> | undefined): void {
  const missing = grantable && scopes.find((scope) => !grantable.has(scope));
  if (!missing) return;
  throw new DomainError('forbidden', `You cannot hand out ${missing}, which your own credential lacks.`, {
    details: [{ field: 'scopes', code: 'not_allowed', message: `Your credential lacks ${missing}.` }],
  });
}
