import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { everyTenant } from '#kernel/database/tenant.ts';
import { isId, newId } from '#kernel/ids.ts';
import { type TestKits, testContext, testKits, testTenant } from '#test/support/module.ts';
import { type Customers, createCustomers, customersSchema, ERASED_NAME, type NewCustomer } from './index.ts';

let kits: TestKits;
let customers: Customers;
before(async () => {
  kits = await testKits([customersSchema]);
  customers = createCustomers(kits.kit('customers')).service;
});
after(() => kits?.close());

const page = { limit: 25 };
const address = { line1: '12 St James Square', city: 'London', postalCode: 'SW1Y 4JH', country: 'GB' };

function ada(more: Partial<NewCustomer> = {}): NewCustomer {
  return {
    type: 'person',
    name: 'Ada Lovelace',
    email: 'Ada@example.com',
    phone: '+441234567890',
    taxIds: [{ type: 'gb_nino', value: 'QQ123456C' }],
    billingAddress: address,
    ...more,
  };
}
const SECRETS = ['Lovelace', 'Ada@', 'ada@', '441234567890', 'QQ123456C', 'St James', 'SW1Y'];

async function everythingStored(): Promise<string> {
  const { database } = kits.kit('customers');
  const tables = ['customers', 'events', 'idempotency_keys', 'subject_keys', 'jobs', 'sagas'];
  const rows = await Promise.all(
    tables.map((table) => database.read(everyTenant, { text: `select x::text from customers.${table} x`, values: [] })),
  );
  return JSON.stringify(rows);
}

test('a customer is stored and read again whole (G-02)', async () => {
  const context = testContext(testTenant());
  const input = ada({ creditLimit: 0, paymentTerms: 'net-30', tags: ['vip'], metadata: { a: 'b' }, externalId: 'X-1' });
  const customer = await customers.createCustomer(context, input);
  assert.ok(isId('cus', customer.id));
  assert.partialDeepStrictEqual(customer, {
    ...input,
    billingAddress: { ...address, line2: null, state: null },
    shippingAddress: null,
    currency: 'USD',
    status: 'active',
    version: 1,
  });
  assert.deepEqual(await customers.getCustomer(context.tenant, customer.id), customer);
  assert.deepEqual(await customers.getCustomerTerms(context.tenant, customer.id), {
    id: customer.id,
    mergedIds: [],
    status: 'active',
    currency: 'USD',
    creditLimit: 0,
  });
});

test('nothing that names or reaches a person lies open in any table or event, also after changes and replays', async () => {
  const context = testContext(testTenant(), { idempotencyKey: 'secret' });
  const { id } = await customers.createCustomer(context, ada());
  await customers.updateCustomer(testContext(context.tenant), id, { shippingAddress: address, phone: '+4411111111' });
  const stored = await everythingStored();
  assert.ok(stored.includes(id));
  for (const secret of [...SECRETS, '4411111111']) {
    assert.equal(stored.includes(secret), false, secret);
    assert.equal(stored.includes(Buffer.from(secret).toString('hex')), false, secret);
  }
  const events = kits.committed.filter(({ streamId }) => streamId === id);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['customer.created', 'customer.updated'],
  );
  assert.deepEqual(events[1]!.data.changed, ['phone', 'shippingAddress']);
  assert.equal(
    SECRETS.some((secret) => JSON.stringify(kits.committed).includes(secret)),
    false,
  );
});

test('without its key a customer reads as erased, and its terms stay (C-89)', async () => {
  const context = testContext(testTenant());
  const customer = await customers.createCustomer(context, ada({ creditLimit: 500 }));
  const { database } = kits.kit('customers');
  await database.flight(context.tenant, [
    { text: 'delete from customers.subject_keys where subject_id = $1', values: [customer.id] },
  ]);
  const erased = await customers.getCustomer(context.tenant, customer.id);
  assert.partialDeepStrictEqual(erased, { name: ERASED_NAME, email: null, phone: null, taxIds: [], creditLimit: 500 });
  assert.equal(
    SECRETS.some((secret) => JSON.stringify(erased).includes(secret)),
    false,
  );
  await assert.rejects(customers.updateCustomer(context, customer.id, { name: 'Somebody' }), { kind: 'gone' });
  const patched = await customers.updateCustomer(context, customer.id, { tags: ['erased'] });
  assert.deepEqual([patched.tags, patched.name], [['erased'], ERASED_NAME]);
  assert.deepEqual(await customers.getCustomer(context.tenant, customer.id), patched);
  assert.equal((await customers.archiveCustomer(context, customer.id)).status, 'archived');
});

test('the list finds by e-mail without case, by external id, type and status', async () => {
  const context = testContext(testTenant());
  const { tenant } = context;
  const person = await customers.createCustomer(context, ada({ externalId: 'P-1' }));
  const company = await customers.createCustomer(context, {
    type: 'company',
    name: 'Engines Ltd',
    email: 'ADA@example.com',
  });
  const other = await customers.createCustomer(context, { type: 'company', name: 'Looms Ltd' });
  await customers.archiveCustomer(context, other.id);
  const ids = async (search: Parameters<Customers['listCustomers']>[1]) =>
    (await customers.listCustomers(tenant, search, page)).items.map(({ id }) => id);
  assert.deepEqual(await ids({}), [other.id, company.id, person.id]);
  assert.deepEqual(await ids({ email: 'ada@EXAMPLE.com' }), [company.id, person.id]);
  assert.deepEqual(await ids({ email: 'grace@example.com' }), []);
  assert.deepEqual(await ids({ externalId: 'P-1' }), [person.id]);
  assert.deepEqual(await ids({ type: 'company', status: 'active' }), [company.id]);
  assert.deepEqual(await ids({ status: 'archived' }), [other.id]);
  await customers.updateCustomer(context, person.id, { email: 'grace@example.com' });
  assert.deepEqual(await ids({ email: 'grace@example.com' }), [person.id]);
  await customers.updateCustomer(context, person.id, { email: null });
  assert.deepEqual(await ids({ email: 'grace@example.com' }), []);
  await assert.rejects(customers.listCustomers(everyTenant, { email: 'ada@example.com' }, page), {
    kind: 'validation',
  });
});

test('an external id is unique in an organisation and mode only, archived customers included', async () => {
  const context = testContext(testTenant());
  const first = await customers.createCustomer(context, ada({ externalId: 'E-1' }));
  await customers.archiveCustomer(context, first.id);
  await assert.rejects(customers.createCustomer(context, ada({ externalId: 'E-1' })), { kind: 'duplicate' });
  const second = await customers.createCustomer(context, ada());
  await assert.rejects(customers.updateCustomer(context, second.id, { externalId: 'E-1' }), { kind: 'duplicate' });
  const elsewhere = testContext({ ...context.tenant, livemode: false });
  assert.equal((await customers.createCustomer(elsewhere, ada({ externalId: 'E-1' }))).externalId, 'E-1');
});

test('a patch merges: fields that are not sent stay, null clears, an address changes line by line (C-50, C-53)', async () => {
  const context = testContext(testTenant());
  const before = await customers.createCustomer(context, ada({ metadata: { a: '1', b: '2' }, creditLimit: 10 }));
  kits.clock.advance(1_000);
  const after = await customers.updateCustomer(context, before.id, {
    billingAddress: { line2: 'Flat 2', postalCode: null },
    phone: null,
    creditLimit: null,
    metadata: { a: null, c: '3' },
  });
  assert.deepEqual(after, {
    ...before,
    billingAddress: { ...before.billingAddress, line2: 'Flat 2', postalCode: null },
    phone: null,
    creditLimit: null,
    metadata: { b: '2', c: '3' },
    version: 2,
    updatedAt: after.updatedAt,
  });
  const incomplete = customers.updateCustomer(context, before.id, { shippingAddress: { city: 'Paris' } });
  await assert.rejects(incomplete, (error: { details: { field: string }[] }) => {
    assert.deepEqual(
      error.details.map(({ field }) => field),
      ['shipping_address.line1'],
    );
    return true;
  });
});

test('an archived customer is read but not changed until it is restored (C-33, C-56)', async () => {
  const context = testContext(testTenant());
  const { id } = await customers.createCustomer(context, ada());
  await assert.rejects(customers.restoreCustomer(context, id), { kind: 'invalid_state' });
  const archived = await customers.archiveCustomer(context, id);
  assert.deepEqual(await customers.getCustomer(context.tenant, id), archived);
  assert.equal((await customers.getCustomerTerms(context.tenant, id)).status, 'archived');
  await assert.rejects(customers.archiveCustomer(context, id), { kind: 'gone' });
  await assert.rejects(customers.updateCustomer(context, id, { name: 'X' }), { kind: 'gone' });
  assert.partialDeepStrictEqual(await customers.restoreCustomer(context, id), { status: 'active', version: 3 });
  assert.equal((await customers.updateCustomer(context, id, { name: 'X' })).name, 'X');
});

test('archiving again with the same idempotency key gives the first answer', async () => {
  const { tenant } = testContext(testTenant());
  const { id } = await customers.createCustomer(testContext(tenant), ada());
  const archive = () => customers.archiveCustomer(testContext(tenant, { idempotencyKey: 'a' }), id);
  assert.deepEqual(await archive(), await archive());
});

test("another organisation's customer is as missing as one that never was", async () => {
  const owner = testContext(testTenant());
  const { id } = await customers.createCustomer(owner, ada());
  const stranger = testContext(testTenant());
  for (const customer of [id, newId('cus')]) {
    const attempts = await Promise.allSettled([
      customers.getCustomer(stranger.tenant, customer),
      customers.getCustomerTerms(stranger.tenant, customer),
      customers.updateCustomer(stranger, customer, { name: 'Mine' }),
      customers.archiveCustomer(stranger, customer),
      customers.restoreCustomer(stranger, customer),
    ]);
    for (const attempt of attempts) {
      assert.ok(attempt.status === 'rejected');
      assert.deepEqual([attempt.reason.kind, attempt.reason.message], ['not_found', `No such customer: ${customer}`]);
    }
  }
  assert.deepEqual((await customers.listCustomers(stranger.tenant, {}, page)).items, []);
  const stale = testContext(owner.tenant, { expectedVersion: 9 });
  await assert.rejects(customers.updateCustomer(stale, id, {}), { kind: 'precondition_failed' });
});
