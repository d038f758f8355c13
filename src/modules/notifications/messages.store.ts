import type { Row } from '#kernel/database/connection.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import type { MessageId } from './mail.ts';

export interface NewMessage {
  id: MessageId;
  key: string;
  purpose: string;
  /** Sealed. */
  recipient: Buffer;
  recipientIndex: Buffer;
  /** Sealed. */
  subject: Buffer;
  at: string;
}

const begin = prepared(`insert into notifications.messages
  (id, org_id, livemode, version, key, purpose, recipient, recipient_index, subject, status, attempts, created_at, updated_at)
  values ($1, $2, $3, 1, $4, $5, $6, $7, $8, 'sending', 1, $9, $9)
  on conflict (org_id, livemode, key) do update set status = case messages.status when 'sent' then 'sent' else 'sending' end,
    attempts = messages.attempts + case messages.status when 'sent' then 0 else 1 end,
    version = messages.version + case messages.status when 'sent' then 0 else 1 end, updated_at = excluded.updated_at
  returning id, version, status, created_at`);
const findTo = prepared(`select id, version from notifications.messages
  where org_id = $1 and livemode = $2 and recipient_index = any($3::bytea[]) for update`);
const remove = prepared('delete from notifications.messages where id = any($1::text[])');
const end = prepared(`update notifications.messages set status = $3, version = version + 1, updated_at = $4
  where org_id = $1 and id = $2 returning version`);

/** The mails that went to these addresses. */
export function messagesTo(tenant: Tenant, recipientIndexes: readonly Buffer[]): Statement {
  return findTo([tenant.orgId, tenant.livemode, recipientIndexes]);
}

export function messagesRemove(ids: readonly MessageId[]): Statement {
  return remove([ids]);
}

/** Notes that a mail is being sent; the row of an earlier try keeps its id and, when it was sent, its status. */
export function messageBegin(tenant: Tenant, message: NewMessage): Statement {
  const { id, key, purpose, recipient, recipientIndex, subject, at } = message;
  return begin([id, tenant.orgId, tenant.livemode, key, purpose, recipient, recipientIndex, subject, at]);
}

export function messageEnd(tenant: Tenant, id: MessageId, status: 'sent' | 'failed', at: string): Statement {
  return end([tenant.orgId, id, status, at]);
}

export function toBegun(row: Row): { id: MessageId; version: number; isSent: boolean; askedAt: Date } {
  return { id: row.id, version: row.version, isSent: row.status === 'sent', askedAt: new Date(row.created_at) };
}
