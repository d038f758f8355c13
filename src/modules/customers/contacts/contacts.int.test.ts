import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { everyTenant } from '#kernel/database/tenant.ts';
import { newId, type UserId } from '#kernel/ids.ts';
import { type TestKits, testContext, testKits, testTenant } from '#test/support/module.ts';
import { type Customers, createCustomers, customersSchema, type NewContact } from '../index.ts';

let kits: TestKits;
let customers: Customers;
const users = new Set<UserId>();
before(async () => {
  kits = await testKits([customersSchema]);
  const readOrder = () => {
    throw new Error('There are no orders');
  };
  const isUser = (_tenant: unknown, id: UserId) => Promise.resolve(users.has(id));
  customers = createCustomers(kits.kit('customers'), { isUser, readOrder }).service;
});
after(() => kits?.close());

const grace: NewContact = { name: 'Grace Hopper', email: 'Grace@example.com', phone: '+4411111111', roles: ['buyer'] };
const lines = { line1: '12 Secret Street', city: 'London', postalCode: 'SW1Y 4JH', country: 'GB' };

async function aCustomer() {
  const context = testContext(testTenant());
  const { id } = await customers.createCustomer(context, { type: 'company', name: 'Ada Ltd' });
  return { context, tenant: context.tenant, id };
}

async function everythingStored(): Promise<string> {
  const { database } = kits.kit('customers');
  const tables = ['contacts', 'addresses', 'events', 'idempotency_keys', 'subject_keys'];
  const rows = await Promise.all(
    tables.map((table) => database.read(everyTenant, { text: `select x::text from customers.${table} x`, values: [] })),
  );
  return JSON.stringify(rows);
}

test('a contact links a user with roles and a spending limit, once for each customer (G-03)', async () => {
  const { context, tenant, id } = await aCustomer();
  const userId = newId('usr') as UserId;
  await assert.rejects(customers.addContact(context, id, { ...grace, userId }), { kind: 'validation' });
  users.add(userId);
  const contact = await customers.addContact(context, id, { ...grace, userId, spendingLimit: 5_000 });
  assert.partialDeepStrictEqual(contact, { ...grace, userId, spendingLimit: 5_000, customerId: id, version: 1 });
  assert.deepEqual(await customers.getContact(tenant, id, contact.id), contact);
  await assert.rejects(customers.addContact(context, id, { ...grace, userId }), { kind: 'duplicate' });
  assert.deepEqual(await customers.findBuyer(tenant, id, userId), {
    id: contact.id,
    roles: ['buyer'],
    spendingLimit: 5_000,
  });
  const changed = await customers.updateContact(context, id, contact.id, {
    roles: ['buyer', 'approver'],
    spendingLimit: null,
    phone: null,
  });
  assert.deepEqual(changed, {
    ...contact,
    roles: ['buyer', 'approver'],
    spendingLimit: null,
    phone: null,
    version: 2,
    updatedAt: changed.updatedAt,
  });
  const stale = testContext(tenant, { expectedVersion: 1 });
  await assert.rejects(customers.updateContact(stale, id, contact.id, { name: 'X' }), { kind: 'precondition_failed' });
  assert.equal(await customers.findBuyer(tenant, id, newId('usr') as UserId), null);
});

test('nothing of a contact or an address lies open, and a removed contact takes its key along', async () => {
  const { context, tenant, id } = await aCustomer();
  const contact = await customers.addContact(testContext(tenant, { idempotencyKey: 'c' }), id, grace);
  const address = await customers.addAddress(context, id, { types: ['office'], label: 'Hidden house', address: lines });
  await customers.updateAddress(context, id, address.id, { address: { line2: 'Cellar' } });
  const stored = await everythingStored();
  assert.ok(stored.includes(contact.id) && stored.includes(address.id));
  for (const secret of [
    'Hopper',
    'Grace@',
    'grace@',
    '4411111111',
    'Secret Street',
    'SW1Y',
    'Hidden house',
    'Cellar',
  ]) {
    assert.equal(stored.includes(secret) || stored.includes(Buffer.from(secret).toString('hex')), false, secret);
  }
  await customers.removeContact(context, id, contact.id);
  await assert.rejects(customers.getContact(tenant, id, contact.id), { kind: 'not_found' });
  const keys = await kits.kit('customers').database.read(everyTenant, {
    text: 'select 1 from customers.subject_keys where subject_id = $1',
    values: [contact.id],
  });
  assert.deepEqual(keys, []);
  assert.equal(kits.committed.at(-1)!.type, 'contact.removed');
});

test('a customer has several addresses, each for its purposes, changed line by line', async () => {
  const { context, tenant, id } = await aCustomer();
  const first = await customers.addAddress(context, id, {
    types: ['shipping', 'billing'],
    label: 'North',
    address: lines,
  });
  const second = await customers.addAddress(context, id, { types: ['office'], address: { ...lines, city: 'Paris' } });
  const page = await customers.listAddresses(tenant, id, { limit: 5 });
  assert.deepEqual(page.items, [second, first]);
  const changed = await customers.updateAddress(context, id, first.id, { types: ['other'], address: { city: 'Rome' } });
  assert.deepEqual(changed, {
    ...first,
    types: ['other'],
    address: { ...first.address, city: 'Rome' },
    version: 2,
    updatedAt: changed.updatedAt,
  });
  await customers.removeAddress(context, id, first.id);
  assert.deepEqual((await customers.listAddresses(tenant, id, { limit: 5 })).items, [second]);
  await customers.archiveCustomer(context, id);
  await assert.rejects(customers.addAddress(context, id, { types: ['other'], address: lines }), { kind: 'gone' });
});

test('contacts and addresses answer below their own customer and organisation only', async () => {
  const one = await aCustomer();
  const contact = await customers.addContact(one.context, one.id, grace);
  const address = await customers.addAddress(one.context, one.id, { types: ['office'], address: lines });
  const sibling = await customers.createCustomer(one.context, { type: 'company', name: 'Sibling' });
  const stranger = await aCustomer();
  for (const { tenant, id } of [{ tenant: one.tenant, id: sibling.id }, stranger]) {
    const context = testContext(tenant);
    const attempts = await Promise.allSettled([
      customers.getContact(tenant, id, contact.id),
      customers.updateContact(context, id, contact.id, { name: 'X' }),
      customers.removeContact(context, id, contact.id),
      customers.getAddress(tenant, id, address.id),
      customers.removeAddress(context, id, address.id),
    ]);
    for (const attempt of attempts) assert.ok(attempt.status === 'rejected' && attempt.reason.kind === 'not_found');
  }
});

test('tags and parents are found, and a customer is never above itself', async () => {
  const { context, tenant, id } = await aCustomer();
  const child = await customers.createCustomer(context, {
    type: 'company',
    name: 'Child',
    parentId: id,
    tags: ['vip', 'eu'],
  });
  const ids = async (search: Parameters<Customers['listCustomers']>[1]) =>
    (await customers.listCustomers(tenant, search, { limit: 5 })).items.map((each) => each.id);
  assert.deepEqual(
    [await ids({ parentId: id }), await ids({ tag: 'vip' }), await ids({ tag: 'v' })],
    [[child.id], [child.id], []],
  );
  await customers.updateCustomer(context, child.id, { tags: ['eu', 'new'] });
  assert.deepEqual([await ids({ tag: 'vip' }), await ids({ tag: 'new', type: 'company' })], [[], [child.id]]);
  for (const parentId of [child.id, id, newId('cus')] as const) {
    await assert.rejects(customers.updateCustomer(context, id, { parentId }), { kind: 'validation' });
  }
});

test('a batch creates and updates customers by external id, sealed like any other, and tells wrong rows', async () => {
  const context = testContext(testTenant());
  const row = (externalId: string | null, name: string, tags: string[] = []) =>
    ({ type: 'company', name, externalId, tags, email: `${name}@hidden.example` }) as const;
  const first = await customers.importBatch(context, [row('1', 'One', ['vip']), row('2', 'Two'), row(null, 'Three')]);
  assert.deepEqual(first, { created: 3, updated: 0, unchanged: 0, findings: [] });
  const found = async (externalId: string) =>
    (await customers.listCustomers(context.tenant, { externalId }, { limit: 2 })).items[0]!;
  const [one, two] = [await found('1'), await found('2')];
  assert.partialDeepStrictEqual(one, { name: 'One', email: 'One@hidden.example', tags: ['vip'], version: 1 });
  assert.equal((await customers.listCustomers(context.tenant, { tag: 'vip' }, { limit: 5 })).items.length, 1);
  assert.equal(
    (await customers.listCustomers(context.tenant, { email: 'TWO@hidden.example' }, { limit: 5 })).items.length,
    1,
  );
  await customers.archiveCustomer(context, two.id);
  const again = await customers.importBatch(context, [
    row('1', 'Uno', ['vip']),
    row('2', 'Dos'),
    row('1', 'Eins'),
    row('1', 'Eins'),
  ]);
  assert.partialDeepStrictEqual(again, { created: 0, updated: 2, unchanged: 1 });
  assert.deepEqual(
    again.findings.map(({ row: place, column, code }) => [place, column, code]),
    [[1, 'external_id', 'archived']],
  );
  assert.partialDeepStrictEqual(await found('1'), { name: 'Eins', id: one.id, version: 3 });
  const types = kits.committed.filter(({ tenant }) => tenant.orgId === context.tenant.orgId).map(({ type }) => type);
  assert.deepEqual(types.slice(0, 2), ['customers.imported', 'customer.archived']);
  const { database } = kits.kit('customers');
  const stored = JSON.stringify(
    await database.read(everyTenant, { text: 'select x::text from customers.customers x', values: [] }),
  );
  assert.equal(/Eins|hidden/.test(stored), false);
});
