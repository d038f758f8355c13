import { ORGANIZATION_SCOPES } from '#modules/identity/index.ts';

/** Bundles of this edition, weakest first (C-16). Managing keys and clients is the admin's alone (V1-55). */
export const BUNDLES = ['read', 'write', 'admin'] as const;
type Bundle = (typeof BUNDLES)[number];

/** What a key can be given: a bundle or single permissions. */
export const PERMISSIONS = [...BUNDLES, ...ORGANIZATION_SCOPES] as const;

const KEYS = /^(?:api_keys|oauth_clients):/;
const isOpen = (scope: string) => !KEYS.test(scope);

const SCOPES_OF: Record<Bundle, readonly string[]> = {
  read: ORGANIZATION_SCOPES.filter((scope) => isOpen(scope) && scope.endsWith(':read')),
  write: ORGANIZATION_SCOPES.filter((scope) => isOpen(scope) && /:(?:read|write)$/.test(scope)),
  admin: ORGANIZATION_SCOPES,
};

/** The scopes behind names of permissions, each once. */
export function scopesOf(permissions: readonly string[]): string[] {
  const scopes = permissions.flatMap((name) => (isBundle(name) ? SCOPES_OF[name] : [name]));
  return [...new Set(scopes)];
}

/** The strongest bundle that is whole, then what goes beyond it. */
export function permissionsOf(scopes: readonly string[]): string[] {
  const bundle = BUNDLES.toReversed().find((name) => SCOPES_OF[name].every((scope) => scopes.includes(scope)));
  if (!bundle) return [...scopes];
  return [bundle, ...scopes.filter((scope) => !SCOPES_OF[bundle].includes(scope))];
}

function isBundle(name: string): name is Bundle {
  return (BUNDLES as readonly string[]).includes(name);
}
