import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { statement } from '#kernel/database/statement.ts';
import { testContext, testTenant } from '#test/support/module.ts';
import { paymentsUnderTest } from './payments-under-test.ts';

let at: Awaited<ReturnType<typeof paymentsUnderTest>>;
before(async () => {
  at = await paymentsUnderTest();
});
after(() => at.kits.close());

const PAGE = { limit: 25 };

test('PAY-15 PAY-16 PAY-17 PCI-03 card, bank account and wallet: only brand, last four, expiry and fingerprint', async () => {
  const { attach } = await at.aCustomer();
  const card = await attach('tok_visa');
  assert.deepEqual(
    [card.type, card.brand, card.last4, card.expMonth, card.expYear, card.isDefault],
    ['card', 'visa', '4242', 12, 2034, true],
  );
  const bank = await attach('tok_bank_ok');
  assert.deepEqual([bank.type, bank.expMonth, bank.isDefault], ['bank_transfer', null, false]);
  assert.equal((await attach('tok_wallet_ok')).type, 'wallet');
  assert.notEqual(card.fingerprint, bank.fingerprint);
  assert.equal((await attach('tok_visa')).fingerprint, card.fingerprint, 'the same card has the same fingerprint');
});

test('PCI-04 the token is sealed at rest and appears in no event and no answer', async () => {
  const { tenant, attach } = await at.aCustomer();
  const method = await attach('tok_mastercard');
  assert.ok(!JSON.stringify(method).includes('tok_mastercard'));
  const [rows, events] = await at.kit.database.readAll(tenant, [
    statement('select token from payments.payment_methods where id = $1', [method.id]),
    statement('select data from payments.events'),
  ]);
  assert.ok(!rows![0]!.token.includes(Buffer.from('tok_mastercard')));
  assert.ok(events!.length > 0 && !JSON.stringify(events).includes('tok_mastercard'));
});

test('G-04 one default at any time, also when methods are attached and chosen at once', async () => {
  const { tenant, customer, attach } = await at.aCustomer();
  const attached = await Promise.allSettled(['tok_visa', 'tok_amex', 'tok_wallet_ok'].map(attach));
  for (const each of attached) if (each.status === 'rejected') assert.equal(each.reason.kind, 'resource_locked');
  await attach('tok_mastercard');
  await attach('tok_bank_ok');
  const methods = (await at.payments.methods.list(tenant, { customerId: customer.id }, PAGE)).items;
  await Promise.allSettled(methods.map(({ id }) => at.payments.methods.setDefault(testContext(tenant), id)));
  const last = await at.payments.methods.setDefault(testContext(tenant), methods[0]!.id);
  const after = (await at.payments.methods.list(tenant, { customerId: customer.id }, PAGE)).items;
  assert.deepEqual(
    after.filter(({ isDefault }) => isDefault).map(({ id }) => id),
    [last.id],
  );
});

test('G-04 a detached method is kept for reading, listed no more, and gone for everything else', async () => {
  const { tenant, customer, attach } = await at.aCustomer();
  const { id } = await attach('tok_visa');
  const detached = await at.payments.methods.detach(testContext(tenant), id);
  assert.deepEqual([detached.status, detached.isDefault, detached.version], ['detached', false, 2]);
  assert.deepEqual(await at.payments.methods.get(tenant, id), detached);
  assert.deepEqual((await at.payments.methods.list(tenant, { customerId: customer.id }, PAGE)).items, []);
  await assert.rejects(at.payments.methods.detach(testContext(tenant), id), { kind: 'gone' });
  await assert.rejects(at.payments.methods.setDefault(testContext(tenant), id), { kind: 'gone' });
  assert.equal((await attach('tok_amex')).isDefault, true, 'the next one is the first again');
});

test('C-26 G-16 methods of other tenants do not exist, a stale version is refused, unknown tokens are named', async () => {
  const { tenant, customer, attach } = await at.aCustomer();
  const { id } = await attach('tok_visa');
  const stranger = testTenant();
  await assert.rejects(at.payments.methods.get(stranger, id), { kind: 'not_found' });
  await assert.rejects(at.payments.methods.detach(testContext(stranger), id), { kind: 'not_found' });
  await assert.rejects(at.payments.methods.detach(testContext(tenant, { expectedVersion: 9 }), id), {
    kind: 'precondition_failed',
  });
  await assert.rejects(attach('tok_nothing'), { kind: 'validation', message: /token/ });
  const wrongType = { customerId: customer.id, type: 'wallet' as const, token: 'tok_visa' };
  await assert.rejects(at.payments.methods.attach(testContext(tenant), wrongType), { kind: 'validation' });
  const foreign = { customerId: customer.id, type: 'card' as const, token: 'tok_visa' };
  await assert.rejects(at.payments.methods.attach(testContext(stranger), foreign), { kind: 'validation' });
  await at.customers.archiveCustomer(testContext(tenant), customer.id);
  await assert.rejects(attach('tok_visa'), { kind: 'validation', message: /archived/ });
});
