import type { CommandContext } from '#kernel/context.ts';
import type { Page, PageRequest } from '#kernel/database/list.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import { expectVersion } from '#kernel/database/versions.ts';
import { DomainError, notFound } from '#kernel/errors.ts';
import { mergeMetadata } from '#kernel/http/fields.ts';
import { newId, type OrganizationId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { identityEvent } from '../events.ts';
import type { Revocations } from '../tokens/revocations.ts';
import type {
  NewOrganization,
  Organization,
  OrganizationPatch,
  OrganizationReplacement,
  OrganizationStatus,
  RequestLimits,
} from './organization.ts';
import * as store from './organizations.store.ts';

/** Tenants (G-08). Each method names the errors it may raise. */
export interface Organizations {
  /** For platform administrators alone; the gateway asks for `platform:admin`. `id` is for the assembly's own seeds. */
  createOrganization(context: CommandContext, input: NewOrganization, id?: OrganizationId): Promise<Organization>;
  /** Errors: `not_found`. */
  getOrganization(scope: Scope, id: OrganizationId): Promise<Organization>;
  listOrganizations(
    scope: Scope,
    filter: { status?: OrganizationStatus },
    page: PageRequest,
  ): Promise<Page<Organization>>;
  /**
   * Plan, limits and status change only with `byPlatform`, and count for the next request; a suspended organisation's
   * credentials stop working at once.
   * Errors: `not_found`, `forbidden`, `precondition_failed`, `resource_locked`.
   */
  updateOrganization(
    context: CommandContext,
    id: OrganizationId,
    patch: OrganizationPatch,
    byPlatform: boolean,
  ): Promise<Organization>;
  /** Puts name, currency, time zone and metadata in the place of what was; the same again changes nothing. */
  replaceOrganization(
    context: CommandContext,
    id: OrganizationId,
    input: OrganizationReplacement,
  ): Promise<Organization>;
}

/** The metadata patch that leaves exactly `wanted`. */
function replacing(
  current: Record<string, string>,
  wanted: Record<string, string> = {},
): Record<string, string | null> {
  return { ...Object.fromEntries(Object.keys(current).map((key) => [key, null])), ...wanted };
}

export function createOrganizations(kit: ModuleKit, revocations: Revocations): Organizations {
  const { database, writes, clock } = kit;

  async function getOrganization(scope: Scope, id: OrganizationId): Promise<Organization> {
    const organization = await store.organizationFind(database, scope, id);
    if (!organization) throw notFound('organization', id);
    return organization;
  }

  async function change(context: CommandContext, current: Organization, patch: OrganizationPatch) {
    expectVersion(context, 'organization', current.version);
    const updatedAt = clock.now().toISOString();
    const organization = { ...merged(current, patch), version: current.version + 1, updatedAt };
    return writes.store(context, {
      statements: [store.organizationUpdate(organization)],
      events: [organizationEvent('organization.updated', organization)],
      result: organization,
    });
  }

  return {
    getOrganization,
    listOrganizations: (scope, filter, page) => store.organizationsList(database, scope, filter, page),

    async createOrganization(context, input, id) {
      const now = clock.now();
      const createdAt = now.toISOString();
      const organization: Organization = {
        id: id ?? newId('org', now.getTime()),
        version: 1,
        name: input.name,
        defaultCurrency: input.defaultCurrency ?? 'USD',
        timeZone: input.timeZone ?? 'UTC',
        plan: input.plan ?? 'free',
        requestLimits: input.requestLimits ?? { perMinute: null, perDay: null },
        status: 'active',
        metadata: input.metadata ?? {},
        createdAt,
        updatedAt: createdAt,
      };
      // The new tenant is the place of its own first event.
      const within: Tenant = { orgId: organization.id, livemode: context.tenant.livemode };
      return writes.store(
        { ...context, tenant: within },
        {
          statements: [store.organizationInsert(organization)],
          events: [organizationEvent('organization.created', organization)],
          result: organization,
        },
      );
    },

    async updateOrganization(context, id, patch, byPlatform) {
      const current = await getOrganization(context.tenant, id);
      if (!byPlatform && belongsToPlatform(current, patch)) {
        throw new DomainError('forbidden', 'Plan and status are changed by the platform: this needs platform:admin.');
      }
      const updated = await change(context, current, patch);
      // What was proven before holds the old plan and status.
      if (byPlatform) revocations.forget([id]);
      return updated;
    },

    async replaceOrganization(context, id, { metadata, ...rest }) {
      const current = await getOrganization(context.tenant, id);
      const patch = { ...rest, metadata: replacing(current.metadata, metadata) };
      const isSame = JSON.stringify(merged(current, patch)) === JSON.stringify(current);
      return isSame ? current : change(context, current, patch);
    },
  };
}

function merged(current: Organization, { metadata, requestLimits, ...changes }: OrganizationPatch): Organization {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  return {
    ...current,
    ...given,
    requestLimits: mergeLimits(current.requestLimits, requestLimits),
    metadata: mergeMetadata(current.metadata, metadata),
  };
}

function mergeLimits(current: RequestLimits, patch: OrganizationPatch['requestLimits']): RequestLimits {
  if (patch === undefined) return current;
  const { perMinute, perDay } = patch ?? { perMinute: null, perDay: null };
  return {
    perMinute: perMinute === undefined ? current.perMinute : perMinute,
    perDay: perDay === undefined ? current.perDay : perDay,
  };
}

function belongsToPlatform(current: Organization, { plan, requestLimits, status }: OrganizationPatch): boolean {
  return (
    (plan !== undefined && plan !== current.plan) ||
    (status !== undefined && status !== current.status) ||
    requestLimits !== undefined
  );
}

function organizationEvent(type: 'organization.created' | 'organization.updated', organization: Organization) {
  return identityEvent(type, organization.id, organization.version, {
    organization: { ...organization, requestLimits: { ...organization.requestLimits } },
  });
}
