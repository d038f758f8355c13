import { join } from 'node:path';
import type { SchemaSource } from '#kernel/database/migrations.ts';
import type { Module, ModuleKit } from '#kernel/module.ts';
import { createNotificationsService, messageContext, type Notifications } from './notifications.service.ts';
import { createOutbox } from './outbox.ts';
import { createSmtp } from './smtp.ts';

export type { MailRequest, MessageId } from './mail.ts';
export type { Notifications } from './notifications.service.ts';

export const notificationsSchema: SchemaSource = {
  schema: 'notifications',
  directory: new URL('./migrations/', import.meta.url),
  personalData: {
    'messages.recipient': 'sealed',
    'messages.recipient_index': 'index',
    'messages.subject': 'sealed',
  },
  sealed: {
    columns: (['recipient', 'subject'] as const).map((column) => ({
      table: 'messages',
      column,
      key: ['id'],
      owner: 'organization',
      context: ({ key }) => messageContext(column, key),
    })),
  },
};

export interface NotificationsOptions {
  dataDirectory: string;
  /** Setting MAIL_FROM. */
  from: string;
  /** Setting SMTP_URL; files in `dataDirectory/outbox` without it. */
  smtpUrl?: string;
  /** PEM certificates that the mail server may have beside the usual ones. */
  certificateAuthorities?: readonly string[];
}

export function createNotifications(kit: ModuleKit, options: NotificationsOptions): Module<Notifications> {
  const { dataDirectory, from, smtpUrl, certificateAuthorities } = options;
  const transport = smtpUrl
    ? createSmtp({ url: smtpUrl, certificateAuthorities })
    : createOutbox(join(dataDirectory, 'outbox'));
  return { service: createNotificationsService(kit, transport, from), stop: () => transport.close() };
}
