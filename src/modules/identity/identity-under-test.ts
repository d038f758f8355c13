import type { CommandContext } from '#kernel/context.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { Module } from '#kernel/module.ts';
import { type TestKits, testContext, testKits } from '#test/support/module.ts';
import { createIdentity, type Identity, identitySchema, type OutgoingMail } from './index.ts';

/** The identity module on a real database, with the mails it sent. For tests of this module. */
export interface IdentityUnderTest extends TestKits {
  identity: Identity;
  module: Module<Identity>;
  mails: OutgoingMail[];
  /** An organisation of its own with the context of its machinery. */
  newTenant(name?: string, livemode?: boolean): Promise<{ tenant: Tenant; context: CommandContext }>;
  /** Runs the jobs that are due, such as mails. */
  runJobs(): Promise<void>;
}

export const ISSUER = 'http://identity.test';

export async function identityUnderTest(): Promise<IdentityUnderTest> {
  const kits = await testKits([identitySchema], { start: new Date('2026-03-01T12:00:00.000Z') });
  const mails: OutgoingMail[] = [];
  const module = createIdentity(kits.kit('identity'), {
    issuer: () => ISSUER,
    sendMail: async (mail) => void mails.push(mail),
  });
  const identity = module.service;
  const worker = kits.worker('identity', module.jobs!);
  return {
    ...kits,
    identity,
    module,
    mails,
    async newTenant(name = 'Acme', livemode = true) {
      const made = testContext({ orgId: 'org_00000000000000000000000001', livemode });
      const organization = await identity.createOrganization(made, { name });
      const tenant = { orgId: organization.id, livemode };
      return { tenant, context: testContext(tenant) };
    },
    runJobs: () => worker.runDue(),
  };
}

/** The token that the last mail of this purpose carries in its link. */
export function tokenInMail(mails: readonly OutgoingMail[], purpose: string): string {
  const mail = mails.findLast((each) => each.purpose === purpose);
  const token = /token=([A-Za-z0-9_]+)/.exec(mail?.text ?? '')?.[1];
  if (!token) throw new Error(`No ${purpose} mail with a token was sent`);
  return token;
}
