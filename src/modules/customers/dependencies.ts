import type { Tenant } from '#kernel/database/tenant.ts';
import type { UserId } from '#kernel/ids.ts';
import type { ReadOrder } from './ledger/bookkeeper.ts';

/** What customers need of other modules. */
export interface CustomersDependencies {
  /** Whether the organisation has this person, whom a contact may be linked to. */
  isUser(tenant: Tenant, id: UserId): Promise<boolean>;
  /** What an event of an order says is owed. */
  readOrder: ReadOrder;
}
