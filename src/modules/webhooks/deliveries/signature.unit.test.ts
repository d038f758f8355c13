import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { HOUR_MS, MINUTE_MS } from '#kernel/clock.ts';
import { documentedVerifier } from '#test/guides/printed-verifier.ts';
import { ANSWER_TIMEOUT_MS, pauseAfter, RETRY_DELAYS_MS } from './delivery.ts';
import { bodySignature, checkSigningSecret, newSigningSecret, standardSignature } from './signature.ts';

const nowSeconds = () => Math.floor(Date.now() / 1_000);

function headersOf(secrets: string[], id: string, timestampSeconds: number, body: string) {
  const signature = standardSignature(secrets, { id, timestampSeconds, body });
  return { 'webhook-id': id, 'webhook-timestamp': String(timestampSeconds), 'webhook-signature': signature };
}

test('WHK-07 the Standard Webhooks library and the documented code accept any body under any secret', async () => {
  const verify = await documentedVerifier();
  fc.assert(
    fc.property(fc.json(), fc.uint8Array({ minLength: 24, maxLength: 64 }), (body, bytes) => {
      const secret = `whsec_${Buffer.from(bytes).toString('base64')}`;
      checkSigningSecret(secret);
      const headers = headersOf([secret], 'evt_1', nowSeconds(), body);
      assert.deepEqual(new Webhook(secret).verify(body, headers), JSON.parse(body));
      assert.deepEqual(verify(secret, headers, body), JSON.parse(body));
    }),
    { numRuns: 50 },
  );
});

test('WHK-08 a changed body, id or timestamp fails both verifications', async () => {
  const verify = await documentedVerifier();
  const secret = newSigningSecret();
  const at = nowSeconds();
  const headers = headersOf([secret], 'evt_1', at, '{"total":1}');
  const forgeries: [object, string][] = [
    [headers, '{"total":2}'],
    [{ ...headers, 'webhook-id': 'evt_2' }, '{"total":1}'],
    [{ ...headers, 'webhook-timestamp': String(at + 1) }, '{"total":1}'],
    [
      {
        ...headers,
        'webhook-signature': headersOf([newSigningSecret()], 'evt_1', at, '{"total":1}')['webhook-signature'],
      },
      '{"total":1}',
    ],
    [headersOf([secret], 'evt_1', at - 400, '{"total":1}'), '{"total":1}'],
  ];
  assert.doesNotThrow(() => verify(secret, headers, '{"total":1}'));
  for (const [forged, body] of forgeries) {
    assert.throws(() => new Webhook(secret).verify(body, forged as Record<string, string>));
    assert.throws(() => verify(secret, forged, body));
  }
});

test('WHK-17 a secret of any other text signs with its own bytes', async () => {
  const verify = await documentedVerifier();
  const secret = 'correct horse battery';
  const headers = headersOf([secret], 'evt_1', nowSeconds(), '{}');
  assert.doesNotThrow(() => new Webhook(secret, { format: 'raw' }).verify('{}', headers));
  assert.doesNotThrow(() => verify(secret, headers, '{}'));
});

test('WHK-17 a whsec_ secret of the wrong length is refused, a generated one is not', () => {
  for (const bytes of [1, 23, 65]) {
    const secret = `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;
    assert.throws(() => checkSigningSecret(secret), { kind: 'validation' });
  }
  checkSigningSecret(newSigningSecret());
  assert.notEqual(newSigningSecret(), newSigningSecret());
});

test('WHK-07 during a rotation either secret verifies', () => {
  const [fresh, old] = [newSigningSecret(), newSigningSecret()];
  const headers = headersOf([fresh, old], 'evt_1', nowSeconds(), '{}');
  assert.doesNotThrow(() => new Webhook(fresh).verify('{}', headers));
  assert.doesNotThrow(() => new Webhook(old).verify('{}', headers));
});

test('C-88.3 the plain signature is an HMAC-SHA256 of the body alone', () => {
  const expected = createHmac('sha256', 'secret text').update('{"a":1}').digest('hex');
  assert.equal(bodySignature('secret text', '{"a":1}'), `sha256=${expected}`);
});

test('WHK-10 WHK-11 WHK-12 the schedule of the documents', () => {
  assert.equal(ANSWER_TIMEOUT_MS, 30_000);
  const pauses = [1, 2, 3, 4, 5, 6].map((number) => pauseAfter('event', number, RETRY_DELAYS_MS));
  assert.deepEqual(pauses, [MINUTE_MS, 5 * MINUTE_MS, 25 * MINUTE_MS, 2 * HOUR_MS, 10 * HOUR_MS, null]);
  assert.equal(pauseAfter('replay', 5, RETRY_DELAYS_MS), 10 * HOUR_MS);
  assert.equal(pauseAfter('test', 1, RETRY_DELAYS_MS), null);
});
