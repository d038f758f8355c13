import { type CommandContext, systemContext } from '#kernel/context.ts';
import { prepared } from '#kernel/database/statement.ts';
import { everyTenant, type Tenant } from '#kernel/database/tenant.ts';
import { newId, type OrganizationId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { Clients } from './clients/clients.service.ts';
import type { Organizations } from './organizations/organizations.service.ts';
import { PLATFORM_ORGANIZATION, PLATFORM_TENANT } from './platform.ts';
import { ALL_SCOPES, ORGANIZATION_SCOPES, type PermissionScope } from './scopes.ts';
import type { Users } from './users/users.service.ts';

export interface BootstrapInput {
  organizationName?: string;
  adminName?: string;
  adminEmail?: string;
  /** At least 12 characters; without it the administrator sets one through a password reset. */
  adminPassword?: string;
}

/** A client of the first start; the secret is given once, null when the client was there before. */
export interface BootstrapClient {
  clientId: string;
  clientSecret: string | null;
}

export interface BootstrapResult {
  organizationId: OrganizationId;
  adminUserId: string | null;
  /** `platform:admin` and every other scope, over all organisations. */
  platformAdmin: BootstrapClient;
  /** Everything inside the first organisation. */
  organizationAdmin: BootstrapClient;
}

/** Makes what a new installation needs to be used at all. */
export interface Bootstrap {
  /** Creates what is missing; safe to call at every start and by several processes at once. */
  bootstrap(input?: BootstrapInput): Promise<BootstrapResult>;
  /** Only the platform's own organisation, for an installation that makes its own clients. Safe to repeat. */
  bootstrapPlatform(): Promise<void>;
}

const LOCK = prepared('select pg_advisory_xact_lock(7264102)');
const findPlatform = prepared(`select org_id from identity.organizations where org_id = '${PLATFORM_ORGANIZATION}'`);
const findFirst = prepared(`select org_id from identity.organizations where org_id <> '${PLATFORM_ORGANIZATION}'
  order by created_at, org_id limit 1`);
const findClient = prepared(`select id from identity.oauth_clients where org_id = $1 and name = $2
  and status = 'active' order by id limit 1`);

export function createBootstrap(
  kit: ModuleKit,
  parts: { organizations: Organizations; users: Users; clients: Clients; setPassword: SetFirstPassword },
): Bootstrap {
  const { database } = kit;
  const { organizations, users, clients } = parts;

  async function client(context: CommandContext, name: string, scopes: readonly PermissionScope[]) {
    const [found] = await database.read(everyTenant, findClient([context.tenant.orgId, name]));
    if (found) return { clientId: found.id, clientSecret: null };
    const made = await clients.createClient(context, { name, scopes: [...scopes] });
    return { clientId: made.client.id as string, clientSecret: made.secret };
  }

  async function firstOrganization(input: BootstrapInput): Promise<{ id: OrganizationId; adminUserId: string | null }> {
    const [known] = await database.read(everyTenant, findFirst([]));
    if (known) return { id: known.org_id, adminUserId: null };
    const id = newId('org', kit.clock.nowMs());
    const context = contextFor({ orgId: id, livemode: true });
    await organizations.createOrganization(context, { name: input.organizationName ?? 'Demo', plan: 'pro' }, id);
    const user = await users.createUser(context, {
      name: input.adminName ?? 'Administrator',
      email: input.adminEmail ?? 'admin@example.com',
      role: 'admin',
    });
    if (input.adminPassword !== undefined) await parts.setPassword(context, user.id, input.adminPassword);
    return { id, adminUserId: user.id };
  }

  async function createPlatform(platform: CommandContext): Promise<void> {
    const [found] = await database.read(everyTenant, findPlatform([]));
    if (found) return;
    await organizations.createOrganization(platform, { name: 'Platform', plan: 'enterprise' }, PLATFORM_ORGANIZATION);
  }

  /** The lock lives in a transaction of its own while the parts are stored by theirs. */
  function alone<Result>(work: () => Promise<Result>): Promise<Result> {
    return database.transaction(everyTenant, async (tx) => {
      await tx.query(LOCK([]));
      return { result: await work() };
    });
  }

  async function createMissing(input: BootstrapInput): Promise<BootstrapResult> {
    const platform = contextFor(PLATFORM_TENANT);
    await createPlatform(platform);
    const { id, adminUserId } = await firstOrganization(input);
    const organization = contextFor({ orgId: id, livemode: true });
    return {
      organizationId: id,
      adminUserId,
      platformAdmin: await client(platform, 'platform_admin', ALL_SCOPES),
      organizationAdmin: await client(organization, 'organization_admin', ORGANIZATION_SCOPES),
    };
  }

  return {
    bootstrap: (input = {}) => alone(() => createMissing(input)),
    bootstrapPlatform: () => alone(() => createPlatform(contextFor(PLATFORM_TENANT))),
  };
}

export type SetFirstPassword = (context: CommandContext, userId: string, password: string) => Promise<unknown>;

function contextFor(tenant: Tenant): CommandContext {
  return systemContext('identity.bootstrap', tenant, { requestId: newId('req'), traceparent: '' });
}
