import type { Row } from '#kernel/database/connection.ts';
import { atLeast, atMost, equals, listPage, type Page, type PageRequest } from '#kernel/database/list.ts';
import type { ModuleDatabase } from '#kernel/database/module-database.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Scope } from '#kernel/database/tenant.ts';
import type { AuditEntry, EntryOrigin, NewEntry } from '../entry.ts';

export interface AuditFilter {
  id?: string;
  actorId?: string;
  action?: string;
  objectId?: string;
  createdAfter?: string;
  createdBefore?: string;
}

const COLUMNS = `id, org_id, livemode, occurred_at, actor_kind, actor_id, user_id, platform, action, object_id, outcome,
  request_id, origin, event_id, event_type, detail`;

/**
 * A batch travels as one JSON text: for rows this wide that costs us a third of what an array per column does. What a row
 * does not have is left out of the text.
 */
const INSERT = `insert into audit.entries (${COLUMNS})
  select id, org_id, livemode, occurred_at, actor_kind, actor_id, user_id, platform, action, object_id, outcome,
    request_id, decode(origin, 'base64'), event_id, event_type, detail
  from json_to_recordset($1::json) as entry(id text, org_id text, livemode boolean, occurred_at timestamptz,
    actor_kind text, actor_id text, user_id text, platform boolean, action text, object_id text, outcome text,
    request_id text, origin text, event_id text, event_type text, detail jsonb)`;
const insert = prepared(INSERT);
const insertMissing = prepared(`${INSERT} on conflict (org_id, livemode, id) do nothing`);

/** An entry as it travels; also the form of a line of the spill file. */
export type EntryRow = ReturnType<typeof entryRow>;

export function entryRow(entry: NewEntry, sealedOrigin: Buffer | null) {
  const { actor, event } = entry;
  return {
    id: entry.id,
    org_id: entry.orgId,
    livemode: entry.livemode,
    occurred_at: entry.occurredAt,
    actor_kind: actor.kind,
    actor_id: storable(actor.id),
    user_id: actor.userId,
    platform: entry.platform,
    action: entry.action,
    object_id: entry.objectId === null ? undefined : storable(entry.objectId),
    outcome: entry.outcome,
    request_id: storable(entry.requestId),
    origin: sealedOrigin?.toString('base64'),
    event_id: event?.id,
    event_type: event?.type,
    detail: event && { object_version: event.version },
  };
}

/** For entries that were never sent before. */
export function entriesInsert(rows: readonly EntryRow[]): Statement {
  return insert([JSON.stringify(rows)]);
}

/** For entries that may be there already, since the connection was lost after they were sent. */
export function entriesInsertMissing(rows: readonly EntryRow[]): Statement {
  return insertMissing([JSON.stringify(rows)]);
}

/** Rows with sealed origins; open them with `Origins` and make entries of both with `toEntry`. */
export function entriesList(
  database: ModuleDatabase,
  scope: Scope,
  filter: AuditFilter,
  page: PageRequest,
): Promise<Page<Row>> {
  const conditions = [
    equals('id', filter.id),
    equals('actor_id', filter.actorId),
    equals('action', filter.action),
    equals('object_id', filter.objectId),
    atLeast('occurred_at', filter.createdAfter),
    atMost('occurred_at', filter.createdBefore),
  ];
  return listPage(database, scope, { from: 'audit.entries', columns: COLUMNS, conditions, page });
}

export function toEntry(row: Row, origin: EntryOrigin): AuditEntry {
  return {
    id: row.id,
    occurredAt: row.occurred_at,
    actorKind: row.actor_kind,
    actorId: row.actor_id,
    userId: row.user_id,
    platform: row.platform,
    action: row.action,
    objectId: row.object_id,
    outcome: row.outcome,
    requestId: row.request_id,
    ...origin,
    eventId: row.event_id,
    eventType: row.event_type,
    objectVersion: row.detail?.object_version ?? null,
  };
}

/** What a stranger sent in a path may be anything; PostgreSQL takes neither NUL nor half a surrogate pair. */
function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed().slice(0, 255);
}
