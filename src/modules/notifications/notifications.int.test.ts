import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { everyTenant } from '#kernel/database/tenant.ts';
import { TEST_AUTHORITY } from '#test/support/https-receiver.ts';
import { testKits, testTenant } from '#test/support/module.ts';
import { createNotifications, type MailRequest, notificationsSchema } from './index.ts';

const FROM = 'TechCorp <no-reply@shop.example>';
const certificate = (name: string) =>
  readFileSync(new URL(`../../../test/support/certificates/${name}.pem`, import.meta.url));

async function notificationsUnderTest(t: TestContext, smtpUrl?: string) {
  const kits = await testKits([notificationsSchema]);
  const dataDirectory = mkdtempSync(join(tmpdir(), 'techcorp-mail-'));
  const options = { dataDirectory, from: FROM, smtpUrl, certificateAuthorities: [TEST_AUTHORITY] };
  const module = createNotifications(kits.kit('notifications'), options);
  const { orgId } = testTenant();
  t.after(async () => {
    await module.stop!();
    await kits.close();
    rmSync(dataDirectory, { recursive: true, force: true });
  });
  const outbox = join(dataDirectory, 'outbox');
  const rows = () =>
    kits.kit('notifications').database.read(everyTenant, {
      text: 'select * from notifications.messages order by id',
      values: [],
    });
  return {
    kits,
    orgId,
    outbox,
    rows,
    send: (mail: Partial<MailRequest>) =>
      module.service.send({
        to: 'ada@example.com',
        subject: 'Grüße 👋',
        text: 'Line one.\nLine two with ünïcode.',
        purpose: 'test_mail',
        orgId,
        ...mail,
      }),
  };
}

/** A real SMTP server with STARTTLS and a password. */
async function mailServer(t: TestContext, options: SMTPServerOptions = {}) {
  const received: { text: string; user: string; secure: boolean; to: string[] }[] = [];
  const server = new SMTPServer({
    key: certificate('server-key'),
    cert: certificate('server'),
    authOptional: false,
    // The pool keeps its connection; the server shall not wait for it.
    closeTimeout: 50,
    onAuth({ username, password }, _session, done) {
      if (username === 'mailer' && password === 'pässword:1') done(null, { user: username });
      else done(new Error('Wrong user or password'));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        received.push({ text: String(Buffer.concat(chunks)), user: String(session.user), secure: session.secure, to });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  t.after(() => new Promise<void>((resolve) => server.close(resolve)));
  const { port } = listening.address() as AddressInfo;
  return { received, url: (user = 'mailer:p%C3%A4ssword%3A1@') => `smtp://${user}127.0.0.1:${port}` };
}

test('WHK-14 without a mail server a mail is a complete MIME file that only this user can read', async (t) => {
  const at = await notificationsUnderTest(t);
  const { id } = await at.send({ html: '<p>Line <b>one</b>.</p>' });
  const names = readdirSync(at.outbox);
  assert.deepEqual(names, [`${at.kits.clock.now().toISOString().replaceAll(/[:.]/g, '-')}-${id}.eml`]);
  const path = join(at.outbox, names[0]!);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const mail = await simpleParser(readFileSync(path));
  assert.equal(mail.subject, 'Grüße 👋');
  assert.equal(mail.text?.trim(), 'Line one.\nLine two with ünïcode.');
  assert.equal(mail.html, '<p>Line <b>one</b>.</p>');
  assert.equal(mail.from?.text, '"TechCorp" <no-reply@shop.example>');
  assert.equal(mail.messageId, `<${id}@shop.example>`);
  assert.equal(mail.date?.getTime(), Math.floor(at.kits.clock.nowMs() / 1_000) * 1_000);
});

test('WHK-14 with SMTP_URL a mail goes to the server, by STARTTLS and with the password', async (t) => {
  const server = await mailServer(t);
  const at = await notificationsUnderTest(t, server.url());
  await at.send({});
  const [{ text, user, secure, to }] = server.received as [(typeof server.received)[0]];
  assert.deepEqual([user, secure, to], ['mailer', true, ['ada@example.com']]);
  assert.equal((await simpleParser(text)).subject, 'Grüße 👋');
});

test('a server whose certificate nobody vouches for gets no mail', async (t) => {
  const server = await mailServer(t, { key: undefined, cert: undefined });
  const at = await notificationsUnderTest(t, server.url());
  await assert.rejects(at.send({}), { kind: 'unavailable' });
  assert.equal(server.received.length, 0);
});

test('a mail that the server refuses can be tried again, and what was sent is not sent twice', async (t) => {
  let isBusy = true;
  const server = await mailServer(t, {
    onRcptTo: (_address, _session, done) => done(isBusy ? new Error('Mailbox busy') : null),
  });
  const at = await notificationsUnderTest(t, server.url());
  await assert.rejects(at.send({ key: 'job_1:0' }), { kind: 'unavailable' });
  isBusy = false;
  const first = await at.send({ key: 'job_1:0' });
  const again = await at.send({ key: 'job_1:0' });
  assert.equal(again.id, first.id);
  assert.equal(server.received.length, 1);
  const [row] = await at.rows();
  assert.deepEqual([row!.status, row!.attempts], ['sent', 2]);
  assert.deepEqual(
    at.kits.committed.map(({ type }) => type),
    ['message.failed', 'message.sent'],
  );
});

test('a wrong password is an error that repeats nothing of it', async (t) => {
  const server = await mailServer(t);
  const at = await notificationsUnderTest(t, server.url('mailer:secret-typo@'));
  await assert.rejects(at.send({}), (error: Error) => !error.message.includes('secret-typo'));
});

test('no field can add a header, a recipient or a second mail', async (t) => {
  const at = await notificationsUnderTest(t);
  const addresses = [
    'ada@example.com\r\nBcc: eve@example.com',
    'ada@example.com, eve@example.com',
    'Ada <ada@example.com>',
    'ada@example.com;eve@example.com',
    'ada',
    '',
  ];
  for (const to of addresses) await assert.rejects(at.send({ to }), { kind: 'validation' }, JSON.stringify(to));
  for (const subject of ['Hello\r\nBcc: eve@example.com', 'Hello\nX: y', ' ', 'x'.repeat(256)]) {
    await assert.rejects(at.send({ subject }), { kind: 'validation' }, JSON.stringify(subject));
  }
  await at.send({ text: '.\r\nBcc: eve@example.com\r\n.\r\nMAIL FROM:<eve@example.com>' });
  const mail = await simpleParser(readFileSync(join(at.outbox, readdirSync(at.outbox)[0]!)));
  assert.equal(mail.bcc, undefined);
  assert.match(mail.text!, /MAIL FROM/);
});

test('address, subject and words stand nowhere in the database in the open', async (t) => {
  const at = await notificationsUnderTest(t);
  await at.send({ to: 'Ada@example.com', subject: 'Secret subject', text: 'Secret words' });
  const [row] = await at.rows();
  const stored = JSON.stringify(row, (_key, value) =>
    value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
  );
  const events = JSON.stringify(at.kits.committed);
  for (const word of ['Ada', 'example.com', 'Secret']) {
    assert.ok(!stored.includes(word) && !events.includes(word), word);
  }
  const index = at.kits
    .kit('notifications')
    .blindIndex(at.orgId, 'notifications.messages.recipient', 'ada@example.com');
  assert.deepEqual(row!.recipient_index, index);
});

test('an outbox that cannot be written to is an error that the caller tries again', async (t) => {
  const at = await notificationsUnderTest(t);
  writeFileSync(at.outbox, 'a file where the folder should be');
  await assert.rejects(at.send({ key: 'job_1:0' }), { kind: 'unavailable' });
  rmSync(at.outbox);
  await at.send({ key: 'job_1:0' });
  assert.equal(readdirSync(at.outbox).length, 1);
});

test('a process that dies after the mail has left and before that is noted repeats the same mail, in the same place', async (t) => {
  const { kits, send, outbox, rows } = await notificationsUnderTest(t);
  const first = await send({ key: 'job_1' });
  const text = "update notifications.messages set status = 'sending'";
  await kits.kit('notifications').database.flight(everyTenant, [{ text, values: [] }]);
  kits.clock.advance(60_000);
  const again = await send({ key: 'job_1' });
  assert.equal(again.id, first.id);
  assert.deepEqual([(await rows()).length, readdirSync(outbox).length], [1, 1], 'one row, one file');
  kits.clock.advance(60_000);
  await send({ key: 'job_1' });
  assert.equal((await rows())[0]!.attempts, 2, 'what is noted as sent is not sent again');
  assert.equal(readdirSync(outbox).length, 1);
});
