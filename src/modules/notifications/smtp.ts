import type { Transporter } from 'nodemailer';
import { DomainError } from '#kernel/errors.ts';
import { composed, type MailTransport } from './mail.ts';

export interface SmtpOptions {
  /** `smtp://user:password@host:587` (STARTTLS) or `smtps://host:465` (TLS from the start). */
  url: string;
  /** PEM certificates that are trusted beside the usual ones. */
  certificateAuthorities?: readonly string[];
}

const CONNECTIONS_MAX = 4;
const TIMEOUT_MS = 20_000;
const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1']);

/** Sends by SMTP over a few kept connections. A server elsewhere must offer TLS: mails hold links that open accounts. */
export function createSmtp({ url, certificateAuthorities }: SmtpOptions): MailTransport {
  let transporter: Promise<Transporter> | undefined;
  return {
    async deliver(mail) {
      transporter ??= connect(url, certificateAuthorities);
      try {
        await (await transporter).sendMail(composed(mail));
      } catch (cause) {
        throw new DomainError('unavailable', 'The mail server did not take the mail; check SMTP_URL and its log.', {
          cause,
        });
      }
    },
    /** The server keeps what it took; we keep nothing. */
    forget: async () => undefined,
    async close() {
      (await transporter)?.close();
    },
  };
}

/** The library is loaded at the first mail. */
async function connect(text: string, certificateAuthorities: readonly string[] | undefined): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const secure = url.protocol === 'smtps:';
  const user = decodeURIComponent(url.username);
  return createTransport({
    pool: true,
    maxConnections: CONNECTIONS_MAX,
    host,
    port: Number(url.port || (secure ? 465 : 587)),
    secure,
    requireTLS: !secure && !LOOPBACK.has(host),
    auth: user ? { user, pass: decodeURIComponent(url.password) } : undefined,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    tls: { minVersion: 'TLSv1.2', ...(certificateAuthorities && { ca: [...certificateAuthorities] }) },
  });
}
