import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';

// What receivers answered may tell about a person, and so may the labels that sellers wrote on orders and payments.
// Deliveries that are on their way still need their message.
const eraseDeliveries = prepared(`delete from webhooks.deliveries where org_id = $1 and livemode = $2
  and status <> 'pending' and message_id in (select id from webhooks.messages
    where org_id = $1 and livemode = $2 and body like any($3::text[]))`);
const eraseMessages = prepared(`delete from webhooks.messages where org_id = $1 and livemode = $2
  and body like any($3::text[])
  and not exists (select from webhooks.deliveries where message_id = messages.id)`);

export interface MessageErasure {
  /** Removes the public events that name one of these objects, with their deliveries (C-89). Safe to repeat. */
  eraseMessages(tenant: Tenant, objectIds: readonly string[]): Promise<void>;
}

export function createMessageErasure(database: ModuleDatabase): MessageErasure {
  return {
    async eraseMessages({ orgId, livemode }, objectIds) {
      const values = [orgId, livemode, objectIds.map((id) => `%"${id}"%`)];
      await database.flight({ orgId, livemode }, [eraseDeliveries(values), eraseMessages(values)]);
    },
  };
}
