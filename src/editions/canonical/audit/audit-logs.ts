import { Type } from 'typebox';
import { object, optional, text, timestamp } from '#kernel/http/fields.ts';
import { type Operation, operation } from '#kernel/http/operation.ts';
import type { Audit, AuditEntry } from '#modules/audit/index.ts';
import { type CursorCodec, listName, pageAnswer, pageOf, pageQuery, pageRequest } from '../common/pages.ts';
import { idView, orNull, Timestamp } from '../common/shapes.ts';

const AuditQuery = object({
  ...pageQuery,
  actor_id: optional(text({ max: 64, description: 'The user, client or key that acted.' })),
  action: optional(text({ max: 64, description: 'An operation, such as orders.confirm.' })),
  object_id: optional(text({ max: 64, description: 'What was read or changed.' })),
  created_after: optional(timestamp()),
  created_before: optional(timestamp()),
});

const AuditEntryView = Type.Object(
  {
    id: idView('aud'),
    created_at: Timestamp,
    actor: Type.Object({
      kind: Type.Enum(['user', 'client', 'api_key', 'system', 'anonymous']),
      id: Type.String(),
      user_id: orNull(Type.String()),
      platform: Type.Boolean({ description: 'A platform administrator who crossed into your organisation.' }),
    }),
    action: Type.String(),
    object_id: orNull(Type.String()),
    outcome: Type.String({ description: '`success`, or the kind of the refusal.' }),
    request_id: Type.String(),
    ip_address: orNull(Type.String({ description: 'Null once the person behind it was erased.' })),
    user_agent: orNull(Type.String()),
    event_id: orNull(Type.String()),
    event_type: orNull(Type.String()),
    object_version: orNull(Type.Integer()),
  },
  { $id: 'AuditEntry' },
);

function entryView(entry: AuditEntry) {
  return {
    id: entry.id,
    created_at: entry.occurredAt,
    actor: { kind: entry.actorKind, id: entry.actorId, user_id: entry.userId, platform: entry.platform },
    action: entry.action,
    object_id: entry.objectId,
    outcome: entry.outcome,
    request_id: entry.requestId,
    ip_address: entry.ipAddress,
    user_agent: entry.userAgent,
    event_id: entry.eventId,
    event_type: entry.eventType,
    object_version: entry.objectVersion,
  };
}

/** /audit-logs: who accessed what, when and from where (SOC-04..07, G-44). */
export function auditOperations(audit: Audit, cursors: CursorCodec): Operation[] {
  const list = operation({
    id: 'audit_logs.list',
    method: 'GET',
    path: '/audit-logs',
    summary: 'List the audit trail',
    description: 'Every access and change in your organisation, newest first; a request appears within a second.',
    access: { scope: 'audit:read' },
    query: AuditQuery,
    responses: { 200: { description: 'A page of the trail.', schema: pageOf(AuditEntryView) } },
    errors: [],
    async handle({ tenant, query }) {
      const name = listName('audit_logs.list', query);
      const filter = {
        actorId: query.actor_id,
        action: query.action,
        objectId: query.object_id,
        createdAfter: query.created_after,
        createdBefore: query.created_before,
      };
      const page = await audit.listEntries(tenant, filter, pageRequest(cursors, name, query));
      return pageAnswer(cursors, name, page, entryView);
    },
  });
  return [list];
}
