import { type CommandContext, systemContext } from '#kernel/context.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { OrganizationId } from '#kernel/ids.ts';

/** The organisation that stands for the platform itself; its clients and people may hold `platform:admin` (C-14). */
export const PLATFORM_ORGANIZATION = 'org_00000000000000000000000000' as OrganizationId;

/** Where facts of the installation (signing keys, throttles) are kept. */
export const PLATFORM_TENANT: Tenant = Object.freeze({ orgId: PLATFORM_ORGANIZATION, livemode: true });

/** What caused a command that finds its tenant only while it runs, as sign-in and token requests do. */
export type Cause = Pick<CommandContext, 'origin' | 'requestId' | 'traceparent' | 'operation' | 'effects'>;

/** A context for a tenant and actor that a credential has just proven. */
export function provenContext(cause: Cause, tenant: Tenant, actor: CommandContext['actor']): CommandContext {
  const { origin, requestId, traceparent, operation, effects } = cause;
  return { tenant, actor, origin, requestId, traceparent, operation, effects };
}

/** A context of this module's own machinery. */
export function machineryContext(component: string, tenant: Tenant): CommandContext {
  return systemContext(component, tenant, { requestId: '', traceparent: '' });
}
