import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '#kernel/errors.ts';
import { composed, type Mail, type MailTransport } from './mail.ts';

/** Mails as files, for installations without a mail server: each is complete from the moment it appears. */
export function createOutbox(directory: string): MailTransport {
  return {
    async deliver(mail) {
      const time = mail.date.toISOString().replaceAll(/[:.]/g, '-');
      const name = `${time}-${mail.id}.eml`;
      try {
        const bytes = await messageBytes(mail);
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await writeWhole(directory, name, bytes);
      } catch (cause) {
        throw new DomainError('unavailable', 'The outbox cannot be written to; free some disk space.', { cause });
      }
    },
    async forget(id) {
      const names = await readdir(directory).catch(nothingWritten);
      for (const name of names.filter((each) => each.endsWith(`-${id}.eml`)))
        await rm(join(directory, name), { force: true });
    },
    close: async () => undefined,
  };
}

function nothingWritten(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

/** The mail as MIME. The library is loaded at the first mail. */
async function messageBytes(mail: Mail): Promise<Buffer> {
  const { createTransport } = await import('nodemailer');
  const made = await createTransport({ streamTransport: true, buffer: true, newline: 'windows' }).sendMail(
    composed(mail),
  );
  return made.message as Buffer;
}

async function writeWhole(directory: string, name: string, bytes: Buffer): Promise<void> {
  const draft = join(directory, `.${name}.draft`);
  try {
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, join(directory, name));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
