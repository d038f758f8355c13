import { DomainError } from '#kernel/errors.ts';
import type { Id, OrganizationId } from '#kernel/ids.ts';

export type MessageId = Id<'msg'>;

/** A mail that another module wants sent. */
export interface MailRequest {
  /** One bare address. */
  to: string;
  /** One line. */
  subject: string;
  text: string;
  html?: string;
  /** Why it is sent, one word with underscores: `password_reset`. */
  purpose: string;
  orgId: OrganizationId;
  /** Live unless told. */
  livemode?: boolean;
  /** The same key is sent once; one is made when absent. */
  key?: string;
}

/** A mail ready for a mail server. */
export interface Mail {
  /** Becomes the Message-ID: the same at every try. */
  id: MessageId;
  from: string;
  to: string;
  subject: string;
  text: string;
  html?: string;
  /** When it was asked for: the same at every try, so that a repeated file replaces the one before. */
  date: Date;
}

/** The port to the outside: `smtp.ts` and `outbox.ts`. Errors: `unavailable`. */
export interface MailTransport {
  deliver(mail: Mail): Promise<void>;
  /** Removes what is kept of a mail here. Safe to repeat. */
  forget(id: MessageId): Promise<void>;
  close(): Promise<void>;
}

const SUBJECT_MAX = 255;
const ADDRESS_MAX = 254;
/** One addr-spec: nothing that could end the address, start another one, or bear a display name. */
const ADDRESS = /^[^\s\p{Cc}<>(),;:"\\[\]@]+@[^\s\p{Cc}<>(),;:"\\[\]@]+$/u;
const CONTROL = /\p{Cc}/u;

/** Refuses what could break out of its header. These are mistakes of our callers, so they fail loudly. Errors: `validation`. */
export function checkMail({ to, subject }: Pick<MailRequest, 'to' | 'subject'>): void {
  if (to.length > ADDRESS_MAX || !ADDRESS.test(to)) {
    throw new DomainError('validation', 'A mail goes to exactly one bare address such as name@example.com.');
  }
  if (subject.trim() === '' || subject.length > SUBJECT_MAX || CONTROL.test(subject)) {
    throw new DomainError('validation', `A subject is one line of at most ${SUBJECT_MAX} characters.`);
  }
}

/** What both transports hand to the library. */
export function composed(mail: Mail) {
  return {
    from: mail.from,
    to: { name: '', address: mail.to },
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    date: mail.date,
    messageId: `<${mail.id}@${domainOf(mail.from)}>`,
    headers: { 'Auto-Submitted': 'auto-generated' },
    // Content comes as text alone; a path or URL in it is never opened.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function domainOf(from: string): string {
  return /@([^\s<>@]+?)>?\s*$/.exec(from)?.[1] ?? 'localhost.localdomain';
}
