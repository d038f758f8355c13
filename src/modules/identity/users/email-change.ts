import type { CommandContext } from '#kernel/context.ts';
import { DomainError } from '#kernel/errors.ts';
import type { UserId } from '#kernel/ids.ts';
import type { ModuleKit } from '#kernel/module.ts';
import type { MailMessages } from '../mail/messages.ts';
import { mailJob } from '../mail/outgoing-mail.ts';
import { type Cause, provenContext } from '../platform.ts';
import { consumeToken, findToken, issueToken, unusableToken } from './one-time-tokens.ts';
import type { User } from './user.ts';
import type { ChangeUser } from './user-changes.ts';
import { archived } from './users.service.ts';

/** The second half of an e-mail change (C-55, G-06): the token in the mail proves the new mailbox. */
export interface EmailChanges {
  /** Puts the waiting address in force and tells the old one. Errors: `validation` (token), `duplicate` (taken since). */
  verifyEmail(cause: Cause, id: UserId, token: string): Promise<User>;
  /** Mails a new token; the earlier one stops working. Errors: `not_found`, `gone`, `invalid_state` (nothing waits). */
  resendVerification(context: CommandContext, id: UserId): Promise<User>;
}

export function createEmailChanges(kit: ModuleKit, changeUser: ChangeUser, messages: MailMessages): EmailChanges {
  const { database, clock, sealing } = kit;
  return {
    async verifyEmail(cause, id, token) {
      const found = await findToken(database, token, clock.now());
      if (found?.purpose !== 'email_change' || found.userId !== id) throw unusableToken();
      const context = provenContext(cause, found.tenant, { kind: 'user', id, userId: id });
      return changeUser(context, id, async ({ user }, tx) => {
        if (user.pendingEmail === null || user.status === 'archived') throw unusableToken();
        await consumeToken(tx, token, id, clock.now());
        return {
          type: 'user.email_changed',
          fields: { email: user.pendingEmail, pendingEmail: null },
          jobs: [mailJob(sealing, found.tenant, messages.emailChanged(user.email, user.name))],
        };
      });
    },

    resendVerification(context, id) {
      return changeUser(context, id, ({ user }, tx) => {
        if (user.status === 'archived') throw archived(id);
        if (user.pendingEmail === null) {
          throw new DomainError('invalid_state', 'No e-mail change waits; start one with PATCH /users/:id.');
        }
        const { token, statements } = issueToken(context.tenant, id, 'email_change', clock.now());
        tx.add(...statements);
        const mail = messages.verifyEmail(user.pendingEmail, user.name, id, token);
        return { type: 'user.email_change_requested', jobs: [mailJob(sealing, context.tenant, mail)] };
      });
    },
  };
}
