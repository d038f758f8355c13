import { Type } from 'typebox';
import { type Clock, DAY_MS } from '#kernel/clock.ts';
import { notFound } from '#kernel/errors.ts';
import { id, object, optional, text, timestamp } from '#kernel/http/fields.ts';
import { type Operation, operation } from '#kernel/http/operation.ts';
import { idView, orNull, Timestamp } from '#kernel/http/shapes.ts';
import type { Audit, AuditEntry } from '#modules/audit/index.ts';
import { listAnswer, listOfViews, listQuery, okData, pageRequest, single } from './common/envelope.ts';

/** What this edition serves of a trail that is kept for seven years (C-91). */
const SERVED_MS = 90 * DAY_MS;

const AuditQuery = object({
  ...listQuery,
  actor_id: optional(text({ max: 64, description: 'The user, client or key that acted.' })),
  action: optional(text({ max: 64, description: 'An operation, such as v1.users.create.' })),
  object_id: optional(text({ max: 64, description: 'What was read or changed.' })),
  created_after: optional(timestamp()),
  created_before: optional(timestamp()),
});

const EntryView = Type.Object(
  {
    id: idView('aud'),
    action: Type.String(),
    actor_type: Type.Enum(['user', 'client', 'api_key', 'system', 'anonymous']),
    actor_id: Type.String(),
    user_id: orNull(Type.String()),
    object_id: orNull(Type.String()),
    outcome: Type.String({ description: '`success`, or the kind of the refusal.' }),
    request_id: Type.String(),
    ip_address: orNull(Type.String()),
    user_agent: orNull(Type.String()),
    created_at: Timestamp,
  },
  { $id: 'AuditEntry' },
);

function entryView(entry: AuditEntry) {
  return {
    id: entry.id,
    action: entry.action,
    actor_type: entry.actorKind,
    actor_id: entry.actorId,
    user_id: entry.userId,
    object_id: entry.objectId,
    outcome: entry.outcome,
    request_id: entry.requestId,
    ip_address: entry.ipAddress,
    user_agent: entry.userAgent,
    created_at: entry.occurredAt,
  };
}

/** /v1/audit: reading alone; every other method is 405 (C-105). */
export function auditOperations(audit: Audit, clock: Clock): Operation[] {
  const begin = () => new Date(clock.nowMs() - SERVED_MS).toISOString();

  const list = operation({
    id: 'v1.audit.list',
    method: 'GET',
    path: '/v1/audit',
    summary: 'List the audit trail',
    description: 'Every access and change of the last 90 days in your organisation, newest first.',
    access: { scope: 'audit:read' },
    query: AuditQuery,
    responses: { 200: { description: 'A page of the trail.', schema: listOfViews(EntryView) } },
    errors: ['validation'],
    async handle({ tenant, query }) {
      const from = begin();
      const filter = {
        actorId: query.actor_id,
        action: query.action,
        objectId: query.object_id,
        createdAfter: query.created_after && query.created_after > from ? query.created_after : from,
        createdBefore: query.created_before,
      };
      return listAnswer(query, await audit.listEntries(tenant, filter, pageRequest(query)), entryView);
    },
  });

  const get = operation({
    id: 'v1.audit.get',
    method: 'GET',
    path: '/v1/audit/:id',
    summary: 'Get an entry of the audit trail',
    description: 'One entry of the last 90 days.',
    access: { scope: 'audit:read' },
    params: object({ id: id('aud') }),
    responses: { 200: { description: 'The entry.', schema: single(EntryView) } },
    errors: [],
    async handle({ tenant, params }) {
      const entry = await audit.getEntry(tenant, params.id);
      if (entry.occurredAt < begin()) throw notFound('audit entry', params.id);
      return okData(entryView(entry));
    },
  });

  return [list, get];
}
