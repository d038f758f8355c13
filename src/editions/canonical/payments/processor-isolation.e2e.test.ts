import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
before(async () => {
  app = await testApp();
});
after(() => app?.close());

async function payer(token: string) {
  const organization: TestOrganization = await app.organization();
  const call = (path: string, body: unknown) => app.request('POST', path, { token: organization.token, body });
  const { body: customer } = await call('/customers', { type: 'company', name: 'Acme' });
  const { body: method } = await call('/payment-methods', { customer_id: customer.id, type: 'card', token });
  return () => call('/payments', { amount: 100, currency: 'USD', method_id: method.id, description: 'Workshop' });
}

test('ARC-12 ARC-13 C-26 whose test tokens open the circuit breaker stops nobody else', async () => {
  const [faulty, well] = await Promise.all([payer('tok_lost_answer'), payer('tok_visa')]);
  const lost = await Promise.all(Array.from({ length: 6 }, faulty));
  assert.ok(
    lost.some(({ status }) => status === 503),
    'the breaker of the faulty one opened',
  );
  const { status, body } = await well();
  assert.deepEqual([status, body.status], [200, 'succeeded']);
});
