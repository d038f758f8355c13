import type { Tenant } from '#kernel/database/tenant.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { User } from '../users/user.ts';
import { userFind, usersList } from '../users/users.store.ts';
import type { ApiKey } from './api-key.ts';

const TOLD_AT_MOST = 20;

/** Who is told about a key: the user who made it, else the administrators of the organisation. */
export async function ownersOf(kit: ModuleKit, tenant: Tenant, key: ApiKey): Promise<User[]> {
  const { database } = kit;
  const owner = key.ownerUserId === null ? null : await userFind(database, kit, tenant, key.ownerUserId);
  if (owner && owner.user.status === 'active') return [owner.user];
  // People are kept in live mode; the keys of the other mode are theirs too.
  const people: Tenant = { ...tenant, livemode: true };
  const filter = { role: 'admin' as const, status: 'active' as const };
  return (await usersList(database, kit, people, filter, { limit: TOLD_AT_MOST })).items;
}
