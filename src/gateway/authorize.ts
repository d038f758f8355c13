import type { Tenant } from '#kernel/database/tenant.ts';
import { everyTenant, everyTestTenant } from '#kernel/database/tenant.ts';
import { DomainError, notFound } from '#kernel/errors.ts';
import { ID_PREFIXES, type IdPrefix, isId, type OrganizationId } from '#kernel/ids.ts';
import { type Exchange, headerOf, type Step } from './exchange.ts';

/** Finds whose an object is, by the prefix of its id. */
export type Locator = (id: string) => Promise<Tenant | null>;
export type Locators = Partial<Record<IdPrefix, Locator>>;

/** Refuses who has no valid credential (401) or lacks the operation's scope (403, naming it). Default is deny. */
export const authorize: Step = ({ operation, principal, refusedCredential }) => {
  if ('public' in operation.access) return;
  if (!principal) throw refusedCredential;
  if ('anyCredential' in operation.access) return;
  const { scope } = operation.access;
  if (principal.scopes.has(scope)) return;
  throw new DomainError('forbidden', `This credential lacks the scope \`${scope}\`, which ${operation.id} needs.`);
};

/**
 * Decides whose data the request touches. A credential of an organisation touches that one. A platform administrator
 * names one with `X-Organization-Id`, or names an object, whose owner is looked up; lists without either span all (C-14).
 * Live and test stay apart for everybody: the credential decides.
 */
export function resolveTenant(locators: Locators): Step {
  return (exchange) => {
    const { principal } = exchange;
    if (!principal) return;
    if (!principal.platform) {
      exchange.tenant = { orgId: principal.organizationId!, livemode: principal.livemode };
      return;
    }
    const named = headerOf(exchange, 'x-organization-id');
    if (named !== undefined) return nameTenant(exchange, named, locators);
    const { id } = exchange.params as { id?: string };
    if (id === undefined) {
      exchange.tenant = principal.livemode ? everyTenant : everyTestTenant;
      return;
    }
    return locate(exchange, id, locators);
  };
}

async function nameTenant(exchange: Exchange, named: string, locators: Locators): Promise<void> {
  const found = isId('org', named) ? await locators.org?.(named) : null;
  if (!found) throw notFound('organisation', named.slice(0, 64));
  exchange.tenant = { orgId: named as OrganizationId, livemode: exchange.principal!.livemode };
}

async function locate(exchange: Exchange, id: string, locators: Locators): Promise<void> {
  const prefix = id.slice(0, id.indexOf('_')) as IdPrefix;
  const found = (await locators[prefix]?.(id)) ?? null;
  const { livemode } = exchange.principal!;
  // An organisation is in both worlds; whatever else there is, is in one (AUTH-14).
  const isVisible = found && ID_PREFIXES[prefix] && (prefix === 'org' || found.livemode === livemode);
  if (!isVisible) throw notFound(ID_PREFIXES[prefix] ?? 'object', id);
  exchange.tenant = { ...found, livemode };
}
