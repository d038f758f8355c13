import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { everyTenant } from '#kernel/database/tenant.ts';
import { createCustomers, customersSchema } from '#modules/customers/index.ts';
import { type TestKits, testContext, testKits, testTenant } from '#test/support/module.ts';
import { type Catalog, catalogSchema, createCatalog, type NewProduct, type ProductSearch } from '../index.ts';

let kits: TestKits;
let catalog: Catalog;
before(async () => {
  kits = await testKits([catalogSchema, customersSchema]);
  const customers = createCustomers(kits.kit('customers')).service;
  catalog = createCatalog(kits.kit('catalog'), { customers, orders: { openOrdersWith: async () => [] } }).service;
});
after(() => kits?.close());

async function shop() {
  const context = testContext(testTenant());
  return {
    context,
    add: (more: Partial<NewProduct>) =>
      catalog.createProduct(context, {
        name: 'Thing',
        description: 'A thing',
        price: 100,
        category: 'hardware',
        active: true,
        ...more,
      }),
    names: async (search: ProductSearch, tenant = context.tenant) =>
      (await catalog.listProducts(tenant, search, { limit: 10 })).items.map(({ name }) => name),
  };
}

test('words are found by their beginning, without case and accents, all of them, in any field (G-17)', async () => {
  const { add, names } = await shop();
  await add({ name: 'Größe Ñandú Bolt', description: 'Steel, zinc-plated', sku: 'BLT/M8-40', externalId: 'ERP 77' });
  await add({ name: 'Brass nut', description: 'For the bolt', collection: 'small-parts', tags: ['On Sale'] });
  assert.deepEqual(await names({ text: 'bol' }), ['Brass nut', 'Größe Ñandú Bolt']);
  for (const text of ['grosse', 'GRÖSS']) assert.deepEqual(await names({ text }), [], 'ß is a letter of its own');
  for (const text of [
    'größe',
    'GROẞE'.toLowerCase(),
    'nandu',
    'ZINC plat',
    'BLT/M8-40',
    'blt m8',
    'erp 77',
    '  bolt & steel!',
  ]) {
    assert.deepEqual(await names({ text }), ['Größe Ñandú Bolt'], text);
  }
  assert.deepEqual(await names({ text: 'brass zinc' }), []);
  assert.deepEqual(await names({ text: 'small' }), ['Brass nut']);
  assert.deepEqual(await names({ tag: 'on sale' }), ['Brass nut']);
  assert.deepEqual(await names({ tag: 'on' }), [], 'a tag is compared whole');
  assert.deepEqual(await names({ tag: 'On Sale', text: 'nut' }), ['Brass nut']);
});

test('a changed product is found by its new words and not by its old ones', async () => {
  const { add, names, context } = await shop();
  const { id } = await add({ name: 'Hammer', tags: ['tool'] });
  await catalog.updateProduct(context, id, { name: 'Mallet', tags: [] });
  assert.deepEqual([await names({ text: 'hammer' }), await names({ tag: 'tool' })], [[], []]);
  assert.deepEqual(await names({ text: 'mallet' }), ['Mallet']);
});

test('hostile words find nothing and break nothing', async () => {
  const { add, names, context } = await shop();
  await add({ name: 'Hammer' });
  const hostile = [
    "'",
    "''",
    '\\',
    "\\'",
    '&',
    '|',
    '!',
    ':*',
    "x' | 'a",
    '<->',
    '((',
    '#',
    '%',
    `${context.tenant.orgId}\ttrue`,
    `${context.tenant.orgId}|true`,
  ];
  for (const text of hostile) assert.deepEqual(await names({ text }), [], text);
  for (const text of ["hammer'", 'hammer:*', '!hammer', 'hammer & |'])
    assert.deepEqual(await names({ text }), ['Hammer']);
  assert.deepEqual(await names({ text: 'x '.repeat(100) }), []);
});

test('a search stays in its organisation and mode, and filters and pages like the list', async () => {
  const { add, names, context } = await shop();
  for (const price of [100, 200, 300, 400]) {
    await add({ name: `Lamp ${price}`, price, category: price > 200 ? 'addon' : 'hardware', active: price !== 300 });
  }
  assert.deepEqual(await names({ text: 'lamp', category: 'addon', active: true }), ['Lamp 400']);
  assert.deepEqual(await names({ text: 'lamp', priceMin: 200, priceMax: 300 }), ['Lamp 300', 'Lamp 200']);
  const [first, second] = [
    await catalog.listProducts(context.tenant, { text: 'lamp' }, { limit: 3, withCount: true }),
    await catalog.listProducts(context.tenant, { text: 'lamp' }, { limit: 3 }),
  ];
  assert.deepEqual([first.items.length, first.hasMore, first.totalCount, second.totalCount], [3, true, 4, undefined]);
  const after = first.items.at(-1)!.id;
  const next = await catalog.listProducts(context.tenant, { text: 'lamp' }, { limit: 3, after });
  assert.deepEqual([next.items.map(({ name }) => name), next.hasMore, next.hasPrevious], [['Lamp 100'], false, true]);
  const back = await catalog.listProducts(context.tenant, { text: 'lamp' }, { limit: 3, before: next.items[0]!.id });
  assert.deepEqual(back.items, first.items);
  for (const tenant of [testTenant(), { ...context.tenant, livemode: false }]) {
    assert.deepEqual(await names({ text: 'lamp' }, tenant), []);
  }
  await assert.rejects(catalog.listProducts(everyTenant, { text: 'lamp' }, { limit: 1 }), { kind: 'validation' });
});

test('the function that passes row-level security finds nothing without a tenant and is closed to other roles', async () => {
  const { add } = await shop();
  await add({ name: 'Secret' });
  const client = new pg.Client(kits.database.connection);
  await client.connect();
  try {
    const search = "select * from catalog.search_ids('''secret'''::tsquery, '{}', null, false, 10, 0)";
    for (const tenant of ['', '*', 'org_other']) {
      await client.query("select set_config('app.org_id', $1, false)", [tenant]);
      assert.deepEqual((await client.query(search)).rows, [], tenant);
    }
    await client.query('set role techcorp_customers');
    await assert.rejects(client.query(search), /permission denied/);
  } finally {
    await client.end();
  }
});

test('among 20,000 products a rare word costs its matches and a common one the next of them (no sequential scan)', async () => {
  const { add, context } = await shop();
  const rare = await add({ name: 'Zyxomma' });
  const client = new pg.Client(kits.database.connection);
  await client.connect();
  try {
    const { orgId } = context.tenant;
    await client.query(
      `insert into catalog.products (id, org_id, livemode, version, name, description, category, active, sku,
        price_amount, currency, price_count, created_at, updated_at, search)
      select 'prd_x' || n, $1, true, 1, 'Filler', 'Filler', 'addon', true, 'F-' || n, 1, 'USD', 1, now(), now(),
        array_to_tsvector(array['filler', $1 || e'\\ttrue']) from generate_series(1, 20000) n`,
      [orgId],
    );
    await client.query("analyze catalog.products; select gin_clean_pending_list('catalog.products_search_idx')");
    await client.query("select set_config('app.org_id', $1, false), set_config('app.livemode', 'true', false)", [
      orgId,
    ]);
    const pages = async (word: string) => {
      const { rows } = await client.query(
        `explain (analyze, buffers, format json) select * from catalog.search_ids($1::tsquery, '{}', null, false, 26, 0)`,
        [`'${word}':*`],
      );
      const plan = rows[0]['QUERY PLAN'][0].Plan;
      return { found: plan['Actual Rows'], read: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'] };
    };
    const whole = (await client.query("select pg_relation_size('catalog.products') / 8192 as pages")).rows[0].pages;
    await pages('zyxomma');
    const seldom = await pages('zyxomma');
    const often = await pages('fil');
    assert.deepEqual([seldom.found, often.found], [1, 26]);
    assert.ok(seldom.read < whole / 10, `read ${seldom.read} of ${whole} pages for one match`);
    assert.ok(often.read < whole / 2, `read ${often.read} of ${whole} pages for a page of many matches`);
    const found = await catalog.listProducts(context.tenant, { text: 'zyx' }, { limit: 25 });
    assert.deepEqual(
      found.items.map(({ id }) => id),
      [rare.id],
    );
  } finally {
    await client.end();
  }
});
