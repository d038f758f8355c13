import { DomainError } from '#kernel/errors.ts';
import type { Principal } from '#kernel/http/principal.ts';
import type { Bulk } from '#modules/bulk/index.ts';

/**
 * Beside the scope of the operation a caller needs that of what the file holds: who may import files may not thereby
 * write what they may not write. Errors: `forbidden`, naming the scope.
 */
export function requireResourceScope(
  bulk: Pick<Bulk, 'resources'>,
  principal: Principal,
  resource: string,
  verb: 'read' | 'write',
): void {
  const { readScope, writeScope } = bulk.resources[resource]!;
  requireScope(principal, verb === 'read' ? readScope : writeScope, `a file of ${resource}`);
}

/** Errors: `forbidden`. */
export function requireScope(principal: Principal, scope: string, what: string): void {
  if (principal.scopes.has(scope)) return;
  throw new DomainError('forbidden', `This credential lacks the scope \`${scope}\`, which ${what} needs.`);
}
