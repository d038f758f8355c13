import { type CommandContext, systemContext } from '#kernel/context.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { newId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import { checkMail, type MailRequest, type MailTransport, type MessageId } from './mail.ts';
import { messageBegin, messageEnd, messagesRemove, messagesTo, toBegun } from './messages.store.ts';

/** Messages to people. Each method names the errors it may raise. */
export interface Notifications {
  /**
   * Sends a mail, or answers with the earlier one of the same key. Safe to repeat; call it from a job.
   * Errors: `validation` (address, subject), `unavailable` (mail server; repeat later).
   */
  send(request: MailRequest): Promise<{ id: MessageId; status: 'sent' }>;
  /** Removes the mails to these addresses, their files too: part of the erasure of a person (C-89). Safe to repeat. */
  eraseMailsTo(context: CommandContext, addresses: readonly string[]): Promise<void>;
}

/** The place of a sealed value of a mail; the key, not the id: a repeated try finds the row of the first one. */
export function messageContext(column: string, key: string): string {
  return `notifications.messages.${column}:${key}`;
}

export function createNotificationsService(kit: ModuleKit, transport: MailTransport, from: string): Notifications {
  const { database, writes, clock, sealing, blindIndex } = kit;

  const recipientIndex = (orgId: string, address: string) =>
    blindIndex(orgId, 'notifications.messages.recipient', address.toLowerCase());

  /** A row for this try; one of an earlier try is taken over. */
  async function begin(tenant: Tenant, request: MailRequest) {
    const id: MessageId = newId('msg', clock.nowMs());
    const { orgId } = tenant;
    const key = request.key ?? id;
    const seal = (text: string, column: string) =>
      sealing.sealForOrganization(orgId, text, messageContext(column, key));
    const message = {
      id,
      key,
      purpose: request.purpose,
      recipient: seal(request.to, 'recipient'),
      recipientIndex: recipientIndex(orgId, request.to),
      subject: seal(request.subject, 'subject'),
      at: clock.now().toISOString(),
    };
    const [result] = await database.flight(tenant, [messageBegin(tenant, message)]);
    return toBegun(result!.rows[0]!);
  }

  async function end(tenant: Tenant, id: MessageId, status: 'sent' | 'failed', purpose: string): Promise<void> {
    const context = systemContext('notifications.send', tenant, {
      requestId: newId('req', clock.nowMs()),
      traceparent: '',
    });
    await writes.run(context, async (tx) => {
      const [row] = await tx.query(messageEnd(tenant, id, status, clock.now().toISOString()));
      const data = { message: { id, purpose, status } };
      tx.append({ type: `message.${status}`, streamId: id, streamVersion: row!.version, data });
    });
  }

  return {
    async eraseMailsTo(context, addresses) {
      const { tenant } = context;
      const indexes = addresses.map((address) => recipientIndex(tenant.orgId, address));
      await writes.run(context, async (tx) => {
        const rows = await tx.query(messagesTo(tenant, indexes));
        // The files first: whoever repeats this finds them by the rows.
        for (const { id } of rows) await transport.forget(id);
        tx.add(messagesRemove(rows.map(({ id }) => id)));
        for (const { id, version } of rows) {
          tx.append({ type: 'message.erased', streamId: id, streamVersion: version + 1, data: { message: { id } } });
        }
      });
    },

    async send(request) {
      checkMail(request);
      const tenant: Tenant = { orgId: request.orgId, livemode: request.livemode ?? true };
      const { id, isSent, askedAt } = await begin(tenant, request);
      if (isSent) return { id, status: 'sent' };
      const { to, subject, text, html, purpose } = request;
      try {
        await transport.deliver({ id, from, to, subject, text, html, date: askedAt });
      } catch (error) {
        await end(tenant, id, 'failed', purpose);
        throw error;
      }
      await end(tenant, id, 'sent', purpose);
      return { id, status: 'sent' };
    },
  };
}
