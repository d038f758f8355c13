import type { CommandContext } from '#kernel/context.ts';
import { DomainError, invalidField } from '#kernel/errors.ts';
import type { Principal } from '#kernel/http/principal.ts';
import { type NewApiKey, ORGANIZATION_SCOPES } from '#modules/identity/index.ts';

export const KEY_EDITIONS = ['canonical', 'v1', 'v2'] as const;
export type KeyEdition = (typeof KEY_EDITIONS)[number];
export type KeyType = 'live' | 'test' | 'readonly';

/** What somebody asks for when they create a key. */
export interface KeyWish extends Pick<NewApiKey, 'name' | 'ipRanges' | 'expiresAt'> {
  scopes: string[] | undefined;
  edition: KeyEdition;
  type: KeyType | undefined;
}

const V2_FAMILIES: Record<KeyType, string> = { live: 'tc_live_sk', test: 'tc_test_sk', readonly: 'tc_ro_sk' };

/** In which world the key is made, and what kind of key it is (C-11, C-12). Errors: `validation`, `forbidden`. */
export function keyOrder(
  context: CommandContext,
  principal: Principal,
  wish: KeyWish,
): { context: CommandContext; input: NewApiKey } {
  const { name, ipRanges, expiresAt, edition } = wish;
  const type = wish.type ?? (context.tenant.livemode ? 'live' : 'test');
  const livemode = type !== 'test';
  if (livemode && !context.tenant.livemode) {
    throw new DomainError('forbidden', 'A test credential makes test keys only; use a live one.');
  }
  const within = { ...context, tenant: { ...context.tenant, livemode } };
  const common = { name, ipRanges, expiresAt, edition };
  if (edition === 'v2') {
    // Full access (V2-09) is what the maker has; a reader gets the reading half of it.
    const held = wish.scopes ?? ORGANIZATION_SCOPES.filter((scope) => principal.scopes.has(scope));
    const readOnly = type === 'readonly';
    const scopes = readOnly ? held.filter((scope) => scope.endsWith(':read')) : held;
    return {
      context: within,
      input: { ...common, scopes, readOnly, family: V2_FAMILIES[type], isOnlyOfFamily: true },
    };
  }
  if (type === 'readonly') {
    throw invalidField('type', 'not_allowed', 'Only /v2 has readonly keys; give this one scopes that read.');
  }
  if (!wish.scopes) throw invalidField('scopes', 'required', 'Name at least one scope.');
  return { context: within, input: { ...common, scopes: wish.scopes } };
}
