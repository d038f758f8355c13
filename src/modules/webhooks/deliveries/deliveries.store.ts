import type { Row } from '#kernel/database/connection.ts';
import { atLeast, equals, listPage, mapPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { insertMany, prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope, Tenant } from '#kernel/database/tenant.ts';
import type { WebhookId } from '#kernel/ids.ts';
import type { Message } from '../messages/message.ts';
import type { Delivery, DeliveryId, DeliveryStatus } from './delivery.ts';

export interface DeliveryFilter {
  status?: DeliveryStatus;
  eventType?: string;
}

/** A delivery to be made; who reads it later finds the rest in its message. */
export interface NewDelivery {
  tenant: Tenant;
  delivery: Delivery;
  message: Pick<Message, 'objectId' | 'sequence'>;
  ordered: boolean;
}

const COLUMNS = `id, webhook_id, message_id, type, kind, status, attempts, next_attempt_at, created_at, completed_at`;

const find = prepared(
  `select ${COLUMNS}, object_id, sequence from webhooks.deliveries where webhook_id = $1 and id = $2 and created_at >= $3`,
);
const insert = insertMany('webhooks.deliveries', {
  id: 'text',
  org_id: 'text',
  livemode: 'boolean',
  webhook_id: 'text',
  message_id: 'text',
  type: 'text',
  object_id: 'text',
  sequence: 'int',
  kind: 'text',
  ordered: 'boolean',
  next_attempt_at: 'timestamptz',
  created_at: 'timestamptz',
});
const cancel = prepared(`update webhooks.deliveries set status = 'canceled', next_attempt_at = null, completed_at = $2
  where webhook_id = $1 and status = 'pending'`);

/** With the object and number of its event, for a replay. */
export type StoredDelivery = Delivery & { objectId: string; sequence: number };

export async function deliveryFind(
  database: ModuleDatabase,
  scope: Scope,
  webhookId: WebhookId,
  id: DeliveryId,
  since: string,
): Promise<StoredDelivery | null> {
  const [row] = await database.read(scope, find([webhookId, id, since]));
  return row ? { ...toDelivery(row), objectId: row.object_id, sequence: row.sequence } : null;
}

export async function deliveriesList(
  database: ModuleDatabase,
  scope: Scope,
  webhookId: WebhookId,
  filter: DeliveryFilter,
  since: string,
  page: PageRequest,
): Promise<Page<Delivery>> {
  const conditions = [
    equals('webhook_id', webhookId),
    atLeast('created_at', since),
    equals('status', filter.status),
    equals('type', filter.eventType),
  ];
  return mapPage(
    await listPage(database, scope, { from: 'webhooks.deliveries', columns: COLUMNS, conditions, page }),
    toDelivery,
  );
}

export function deliveriesInsert(deliveries: readonly NewDelivery[]): Statement {
  return insert(
    deliveries.map(({ tenant, delivery, message, ordered }) => ({
      id: delivery.id,
      org_id: tenant.orgId,
      livemode: tenant.livemode,
      webhook_id: delivery.webhookId,
      message_id: delivery.eventId,
      type: delivery.eventType,
      object_id: message.objectId,
      sequence: message.sequence,
      kind: delivery.kind,
      ordered,
      next_attempt_at: delivery.nextAttemptAt,
      created_at: delivery.createdAt,
    })),
  );
}

/** Nothing more is sent to a deleted endpoint. */
export function deliveriesCancel(webhookId: WebhookId, at: string): Statement {
  return cancel([webhookId, at]);
}

export function toDelivery(row: Row): Delivery {
  return {
    id: row.id,
    webhookId: row.webhook_id,
    eventId: row.message_id,
    eventType: row.type,
    kind: row.kind,
    status: row.status,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at,
    createdAt: row.created_at,
    completedAt: row.completed_at,
  };
}
