import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemClock } from '#kernel/clock.ts';
import { openKeyring } from '#kernel/crypto/keyring.ts';
import { createSealing } from '#kernel/crypto/sealing.ts';
import { newId, type OrganizationId } from '#kernel/ids.ts';
import { mailJob, type SendMail, sendMailHandler } from './outgoing-mail.ts';

const directory = mkdtempSync(join(tmpdir(), 'techcorp-keys-'));
after(() => rmSync(directory, { recursive: true, force: true }));

test('a mail is sealed in its job, and each try of the job sends it with the same key', async () => {
  const sealing = createSealing(openKeyring({ file: join(directory, 'keyring.json') }), systemClock);
  const tenant = { orgId: newId('org') as OrganizationId, livemode: true };
  const mail = { to: 'ada@example.com', subject: 'Hello', text: 'A link', purpose: 'invitation' };
  const { kind, payload } = mailJob(sealing, tenant, mail);
  assert.doesNotMatch(JSON.stringify(payload), /ada@example|A link/);
  const sent: Parameters<SendMail>[] = [];
  const handler = sendMailHandler(sealing, async (...call) => void sent.push(call));
  const job = { id: newId('job'), kind, tenant, payload, runAt: new Date().toISOString() };
  await handler({ ...job, attempt: 1 });
  await handler({ ...job, attempt: 2 });
  assert.deepEqual(sent, [
    [{ ...mail, key: job.id }, tenant],
    [{ ...mail, key: job.id }, tenant],
  ]);
});
