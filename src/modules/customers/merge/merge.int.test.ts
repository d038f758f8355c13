import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '#kernel/ids.ts';
import { type TestKits, testContext, testKits, testTenant } from '#test/support/module.ts';
import { type Customer, type Customers, createCustomers, customersSchema } from '../index.ts';

let kits: TestKits;
let customers: Customers;
before(async () => {
  kits = await testKits([customersSchema]);
  customers = createCustomers(kits.kit('customers')).service;
});
after(() => kits?.close());

async function several(count: number) {
  const context = testContext(testTenant());
  const made: Customer[] = [];
  for (let index = 0; index < count; index++) {
    made.push(await customers.createCustomer(context, { type: 'company', name: `C${index}`, creditLimit: index }));
  }
  return { context, tenant: context.tenant, made };
}

test('a merged customer keeps its id and points to the one that stays, whose terms count for it', async () => {
  const { context, tenant, made } = await several(2);
  const [into, from] = made as [Customer, Customer];
  const survivor = await customers.mergeCustomers(context, into.id, from.id);
  assert.deepEqual([survivor.id, survivor.version, survivor.mergedIds], [into.id, 2, [from.id]]);
  const merged = await customers.getCustomer(tenant, from.id);
  assert.partialDeepStrictEqual(merged, { status: 'merged', mergedInto: into.id, name: 'C1', version: 2 });
  assert.deepEqual(
    await customers.getCustomerTerms(tenant, from.id),
    await customers.getCustomerTerms(tenant, into.id),
  );
  assert.deepEqual(await customers.partiesOf(tenant, from.id), [into.id, from.id]);
  const events = kits.committed.filter((event) => event.tenant.orgId === tenant.orgId).slice(-2);
  assert.deepEqual(
    events.map(({ type, streamId }) => [type, streamId]),
    [
      ['customer.merged', from.id],
      ['customer.updated', into.id],
    ],
  );
  const attempts = await Promise.allSettled([
    customers.updateCustomer(context, from.id, { name: 'X' }),
    customers.archiveCustomer(context, from.id),
    customers.addContact(context, from.id, { name: 'X', roles: [] }),
    customers.mergeCustomers(context, from.id, into.id),
  ]);
  for (const attempt of attempts) assert.ok(attempt.status === 'rejected' && attempt.reason.kind === 'gone');
});

test('restoring parts them as they were, from the last merge on backwards', async () => {
  const { context, tenant, made } = await several(3);
  const [a, b, c] = made as [Customer, Customer, Customer];
  await customers.mergeCustomers(context, b.id, a.id);
  await customers.mergeCustomers(context, c.id, b.id);
  assert.deepEqual(new Set(await customers.partiesOf(tenant, a.id)), new Set([a.id, b.id, c.id]));
  await assert.rejects(customers.restoreCustomer(context, a.id), { kind: 'invalid_state' });
  const restored = await customers.restoreCustomer(context, b.id);
  assert.partialDeepStrictEqual(restored, { status: 'active', mergedInto: null, mergedIds: [a.id] });
  assert.deepEqual(await customers.partiesOf(tenant, c.id), [c.id]);
  assert.deepEqual((await customers.getCustomerTerms(tenant, a.id)).id, b.id);
  await customers.restoreCustomer(context, a.id);
  for (const { id } of made) assert.deepEqual(await customers.partiesOf(tenant, id), [id]);
});

test('a customer is not merged into itself, twice, from nowhere, from another organisation or into an archived one', async () => {
  const { context, made } = await several(3);
  const [a, b, c] = made as [Customer, Customer, Customer];
  const foreign = (await several(1)).made[0]!;
  await customers.mergeCustomers(context, a.id, b.id);
  for (const from of [a.id, b.id, newId('cus'), foreign.id]) {
    await assert.rejects(customers.mergeCustomers(context, a.id, from), { kind: 'validation' }, from);
  }
  await assert.rejects(customers.mergeCustomers(context, foreign.id, c.id), { kind: 'not_found' });
  await customers.archiveCustomer(context, c.id);
  await assert.rejects(customers.mergeCustomers(context, c.id, a.id), { kind: 'gone' });
  const stale = testContext(context.tenant, { expectedVersion: 1 });
  await assert.rejects(customers.mergeCustomers(stale, a.id, c.id), { kind: 'precondition_failed' });
  assert.deepEqual((await customers.mergeCustomers(context, a.id, c.id)).mergedIds, [b.id, c.id]);
});

test('a merge and an edit at once: one waits or is refused, and nothing of either is lost or half done', async () => {
  for (let round = 0; round < 8; round++) {
    const { context, tenant, made } = await several(3);
    const [a, b, c] = made as [Customer, Customer, Customer];
    const [merge, edit, other, circle] = await Promise.allSettled([
      customers.mergeCustomers(context, a.id, b.id),
      customers.updateCustomer(context, b.id, { name: 'Edited' }),
      customers.mergeCustomers(context, c.id, b.id),
      customers.mergeCustomers(context, b.id, a.id),
    ]);
    const [nowA, nowB, nowC] = await Promise.all(made.map(({ id }) => customers.getCustomer(tenant, id)));
    for (const outcome of [merge, edit, other, circle]) {
      if (outcome.status === 'fulfilled') continue;
      assert.ok(['resource_locked', 'gone', 'validation'].includes(outcome.reason.kind), outcome.reason.stack);
    }
    assert.ok([merge, other, circle].filter(({ status }) => status === 'fulfilled').length >= 1);
    assert.equal(nowB!.name, edit.status === 'fulfilled' ? 'Edited' : 'C1');
    for (const customer of [nowA!, nowB!, nowC!]) {
      const { id, mergedInto } = customer;
      // Who points somewhere is listed there, and nowhere else.
      for (const each of [nowA!, nowB!, nowC!]) {
        const means = await customers.getCustomerTerms(tenant, id);
        if (each.id === means.id && each.id !== id) assert.ok(each.mergedIds.includes(id));
        if (mergedInto === null) assert.equal(each.mergedIds.includes(id), false);
      }
    }
  }
});

test('contacts and addresses of a merged customer answer below the one that stays', async () => {
  const { context, tenant, made } = await several(2);
  const [into, from] = made as [Customer, Customer];
  const contact = await customers.addContact(context, from.id, { name: 'Grace', roles: ['buyer'] });
  const lines = { line1: '1 Main Street', city: 'Paris', country: 'FR' };
  const address = await customers.addAddress(context, from.id, { types: ['shipping'], address: lines });
  await assert.rejects(customers.getContact(tenant, into.id, contact.id), { kind: 'not_found' });
  await customers.mergeCustomers(context, into.id, from.id);
  assert.deepEqual((await customers.listContacts(tenant, into.id, { limit: 5 })).items, [contact]);
  assert.deepEqual(await customers.getContact(tenant, into.id, contact.id), contact);
  assert.deepEqual((await customers.listAddresses(tenant, into.id, { limit: 5 })).items, [address]);
});
