import type { Tenant } from '#kernel/database/tenant.ts';
import type { NewJob } from '#kernel/jobs/job.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { MailMessages } from '../mail/messages.ts';
import { mailJob } from '../mail/outgoing-mail.ts';
import type { User } from '../users/user.ts';
import { userFind, usersList } from '../users/users.store.ts';
import type { ApiKey } from './api-key.ts';

const TOLD_AT_MOST = 20;

/** The mails about a leaked key: to the user who made it, else to the administrators of the organisation. */
export function leakNotices(kit: ModuleKit, messages: MailMessages) {
  const { database, sealing } = kit;

  async function ownersOf(tenant: Tenant, key: ApiKey): Promise<User[]> {
    const owner = key.ownerUserId === null ? null : await userFind(database, kit, tenant, key.ownerUserId);
    if (owner && owner.user.status === 'active') return [owner.user];
    // People are kept in live mode; the keys of the other mode are theirs too.
    const people: Tenant = { ...tenant, livemode: true };
    const filter = { role: 'admin' as const, status: 'active' as const };
    return (await usersList(database, kit, people, filter, { limit: TOLD_AT_MOST })).items;
  }

  return async (tenant: Tenant, key: ApiKey): Promise<NewJob[]> => {
    const owners = await ownersOf(tenant, key);
    return owners.map(({ email, name }) =>
      mailJob(sealing, tenant, messages.keyLeaked(email, name, key.name, key.hint)),
    );
  };
}
