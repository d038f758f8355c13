import {
  atLeast,
  atMost,
  equals,
  isIn,
  listPage,
  mapPage,
  type Page,
  type PageRequest,
} from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { insertMany, prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import type { EventId } from '#kernel/ids.ts';
import { DEFAULT_CONTRACT } from './delivery-contract.ts';
import type { Message, MessageBody } from './message.ts';

export interface EventFilter {
  types?: readonly string[];
  objectId?: string;
  createdAfter?: string;
  createdBefore?: string;
}

const find = prepared('select body from webhooks.messages where id = $1 and occurred_at >= $2');
const insert = insertMany('webhooks.messages', {
  id: 'text',
  org_id: 'text',
  livemode: 'boolean',
  type: 'text',
  contract: 'text',
  object_id: 'text',
  sequence: 'int',
  traceparent: 'text',
  body: 'text',
  occurred_at: 'timestamptz',
  created_at: 'timestamptz',
});

export function messagesInsert(messages: readonly Message[], createdAt: string): Statement {
  return insert(
    messages.map((message) => ({
      id: message.id,
      org_id: message.tenant.orgId,
      livemode: message.tenant.livemode,
      type: message.type,
      contract: message.contract,
      object_id: message.objectId,
      sequence: message.sequence,
      traceparent: message.traceparent,
      body: message.body,
      occurred_at: message.occurredAt,
      created_at: createdAt,
    })),
  );
}

/** A public event as it was sent, unless it is older than `since`. */
export async function messageFind(
  database: ModuleDatabase,
  scope: Scope,
  id: EventId,
  since: string,
): Promise<MessageBody | null> {
  const [row] = await database.read(scope, find([id, since]));
  return row ? JSON.parse(row.body) : null;
}

export async function messagesList(
  database: ModuleDatabase,
  scope: Scope,
  filter: EventFilter,
  since: string,
  page: PageRequest,
): Promise<Page<MessageBody>> {
  const conditions = [
    atLeast('occurred_at', since),
    equals('contract', DEFAULT_CONTRACT),
    isIn('type', filter.types),
    equals('object_id', filter.objectId),
    atLeast('occurred_at', filter.createdAfter),
    atMost('occurred_at', filter.createdBefore),
  ];
  const query = { from: 'webhooks.messages', columns: 'body', conditions, page };
  return mapPage(await listPage(database, scope, query), (row) => JSON.parse(row.body));
}
