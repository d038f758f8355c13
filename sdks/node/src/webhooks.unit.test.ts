import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { WebhookVerificationError } from './errors.ts';
import { verifyWebhook } from './webhooks.ts';

const secret = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
const body = JSON.stringify({ type: 'order.created', data: { name: 'Größe' } });

function signed(at = new Date(), id = 'evt_1'): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
}

test('WHK-07 what the Standard Webhooks library signs is accepted, from plain headers and from Headers', () => {
  assert.deepEqual(verifyWebhook(body, signed(), secret), JSON.parse(body));
  assert.deepEqual(verifyWebhook(Buffer.from(body), new Headers(signed()), secret), JSON.parse(body));
});

test('during a rotation one of several signatures is enough', () => {
  const headers = signed();
  const both = { ...headers, 'webhook-signature': `v1,AAAA ${headers['webhook-signature']}` };
  assert.deepEqual(verifyWebhook(body, both, secret), JSON.parse(body));
});

test('WHK-08 another body, id, time or secret is refused', () => {
  const refused = (...given: Parameters<typeof verifyWebhook>) =>
    assert.throws(() => verifyWebhook(...given), WebhookVerificationError);
  refused(`${body} `, signed(), secret);
  refused(body, { ...signed(), 'webhook-id': 'evt_2' }, secret);
  refused(body, { ...signed(), 'webhook-timestamp': '12' }, secret);
  refused(body, { ...signed(), 'webhook-timestamp': 'soon' }, secret);
  refused(body, signed(new Date(Date.now() - 301_000)), secret);
  refused(body, signed(), `whsec_${Buffer.from('another').toString('base64')}`);
  refused(body, {}, secret);
});

test('V2-74 X-TechCorp-Signature alone is accepted, and refused when it does not fit', () => {
  const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  assert.deepEqual(verifyWebhook(body, { 'X-TechCorp-Signature': signature }, secret), JSON.parse(body));
  const wrong = { 'X-TechCorp-Signature': signature.replace(/.$/, (last) => (last === '0' ? '1' : '0')) };
  assert.throws(() => verifyWebhook(body, wrong, secret), WebhookVerificationError);
  assert.throws(() => verifyWebhook(body, { 'X-TechCorp-Signature': 'sha256=' }, secret), WebhookVerificationError);
});
