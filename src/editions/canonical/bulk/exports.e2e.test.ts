import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
before(async () => {
  app = await testApp();
});
after(() => app?.close());

async function imported(at: TestOrganization, resource: string, raw: string, type = 'text/csv', more = '') {
  const path = `/imports?resource=${resource}${more}`;
  const started = await app.request('POST', path, { token: at.token, raw, headers: { 'content-type': type } });
  assert.equal(started.status, 202, JSON.stringify(started.body));
  await ended(started.body.id, at);
  const { body } = await app.request('GET', `/imports/${started.body.subject_id}`, { token: at.token });
  const { rows_read, rows_created, rows_updated, rows_unchanged, rows_failed } = body.progress;
  return { ...body, counts: [rows_read, rows_created, rows_updated, rows_unchanged, rows_failed] };
}

/** Jobs also run by themselves, so one may be under way already. */
async function ended(jobId: string, at: TestOrganization): Promise<void> {
  for (;;) {
    await app.settle();
    const { body } = await app.request('GET', `/jobs/${jobId}`, { token: at.token });
    if (!['queued', 'running', 'canceling'].includes(body.status)) return;
    await delay(10);
  }
}

async function exported(at: TestOrganization, resource: string, format = 'csv', filters = {}) {
  const started = await app.request('POST', '/exports', { token: at.token, body: { resource, format, filters } });
  assert.equal(started.status, 202, JSON.stringify(started.body));
  await ended(started.body.id, at);
  const path = `/exports/${started.body.subject_id}`;
  const { body } = await app.request('GET', path, { token: at.token });
  assert.equal(body.status, 'completed');
  const file = await app.request('GET', `${path}/download`, { token: at.token });
  assert.equal(file.status, 200);
  return { file: file.body as string, headers: file.headers, id: body.id as string, progress: body.progress };
}

async function errorsOf(at: TestOrganization, id: string) {
  const { body } = await app.request('GET', `/imports/${id}/errors`, { token: at.token });
  type Refused = { row: number; errors: { column: string; code: string }[] };
  return body.data.map(({ row, errors }: Refused) => [row, errors[0]!.column, errors[0]!.code]);
}

const PRODUCTS = [
  'external_id,sku,name,description,price,currency,category,active,tags,dimensions.length_mm,dimensions.width_mm,dimensions.height_mm,metadata.shelf',
  'e1,BOLT-1,=HYPERLINK("x"),"Two\nlines, ""quoted""",199,EUR,hardware,yes,new|on sale,10,20,30,4',
  'e2,BOLT-2,+1 Bolt,Plain,200,USD,service,false,,,,,',
  'e3,BOLT-3,Ünï ☂,Ümlaut,300,JPY,hardware,1,,,,,',
].join('\n');

for (const format of ['csv', 'ndjson']) {
  test(`G-10 what an export of products writes as ${format}, an import reads: in another organisation, and as unchanged in its own`, async () => {
    const at = await app.organization();
    assert.deepEqual((await imported(at, 'products', PRODUCTS)).counts, [3, 3, 0, 0, 0]);
    const first = await exported(at, 'products', format);
    assert.equal(first.progress.rows_read, 3);
    if (format === 'csv') assert.match(first.file, /,?"'=HYPERLINK\(""x""\)"/);
    const type = format === 'csv' ? 'text/csv' : 'application/x-ndjson';
    const file = format === 'csv' ? first.file : withoutIds(first.file);
    assert.deepEqual((await imported(at, 'products', file, type)).counts, [3, 0, 0, 3, 0]);
    const other = await app.organization();
    assert.deepEqual((await imported(other, 'products', file, type)).counts, [3, 3, 0, 0, 0]);
    const again = await exported(other, 'products', format);
    assert.deepEqual(withoutFirstColumn(again.file), withoutFirstColumn(first.file));
    const { body } = await app.request('GET', '/products?external_id=e1', { token: other.token });
    assert.partialDeepStrictEqual(body.data[0], {
      name: '=HYPERLINK("x")',
      description: 'Two\nlines, "quoted"',
      price: 199,
      currency: 'EUR',
      tags: ['new', 'on sale'],
      dimensions: { length_mm: 10, width_mm: 20, height_mm: 30 },
      metadata: { shelf: '4' },
    });
  });
}

/** Ids are of the one organisation; the import of JSON refuses fields that it does not know, as the API does. */
function withoutIds(file: string): string {
  return file.replaceAll(/"id":"[^"]+",/g, '');
}

function withoutFirstColumn(file: string): string[] {
  return file
    .replaceAll(/prd_\w{26}/g, 'prd')
    .split(/\r?\n(?=prd|\{|$)/)
    .sort();
}

test('G-09 a dry run of products finds what only the database knows, and stores nothing', async () => {
  const at = await app.organization();
  await imported(at, 'products', PRODUCTS);
  const file = PRODUCTS.replace('e1,BOLT-1', 'e9,BOLT-1').replace('e2,BOLT-2,', 'e8,BOLT-8,').replace('e3,BOLT-3', ',');
  const dry = await imported(at, 'products', file, 'text/csv', '&dry_run=true');
  assert.deepEqual([dry.status, ...dry.counts], ['completed', 3, 1, 0, 0, 2]);
  assert.deepEqual(await errorsOf(at, dry.id), [
    [2, 'sku', 'duplicate'],
    [4, 'external_id', 'required'],
  ]);
  const { body } = await app.request('GET', '/products?limit=100', { token: at.token });
  assert.equal(body.data.length, 3);
});

test('G-09 a row without a currency leaves that of the product as it is', async () => {
  const at = await app.organization();
  await imported(at, 'products', PRODUCTS);
  const row = 'external_id,name,description,price,category,active\ne1,Bolt,New,250,hardware,true\n';
  assert.deepEqual((await imported(at, 'products', row)).counts, [1, 0, 1, 0, 0]);
  const { body } = await app.request('GET', '/products?external_id=e1', { token: at.token });
  assert.partialDeepStrictEqual(body.data[0], { name: 'Bolt', price: 250, currency: 'EUR', sku: 'BOLT-1' });
});

test('G-09 G-10 prices are set by any name of the product; the product follows its default price; the export is such a file', async () => {
  const at = await app.organization();
  const stranger = await app.organization();
  await imported(at, 'products', PRODUCTS);
  await imported(stranger, 'products', PRODUCTS.replaceAll('BOLT', 'NUT').replace('e1,', 'f1,'));
  const file =
    'external_id,sku,currency,unit_amount,billing_interval\ne1,,EUR,250,\n,BOLT-1,USD,300,month\n,NUT-1,EUR,1,\ne1,,eur,5,\n,,EUR,1,\ne2,,USD,200,\n';
  const dry = await imported(at, 'prices', file, 'text/csv', '&dry_run=true');
  const first = await imported(at, 'prices', file);
  assert.deepEqual(
    [dry.counts, first.counts],
    [
      [6, 1, 1, 1, 3],
      [6, 1, 1, 1, 3],
    ],
  );
  assert.deepEqual(await errorsOf(at, first.id), [
    [4, 'sku', 'not_found'],
    [5, 'currency', 'duplicate'],
    [6, 'product_id', 'required'],
  ]);
  assert.deepEqual((await imported(at, 'prices', file)).counts, [6, 0, 0, 3, 3]);
  const { body } = await app.request('GET', '/products?external_id=e1', { token: at.token });
  assert.partialDeepStrictEqual(body.data[0], { price: 250, currency: 'EUR', price_count: 2 });
  const { body: prices } = await app.request('GET', `/products/${body.data[0].id}/prices`, { token: at.token });
  assert.deepEqual(
    prices.data
      .map((price: Record<string, unknown>) => [price.currency, price.unit_amount, price.billing_interval])
      .sort(),
    [
      ['EUR', 250, 'one_time'],
      ['USD', 300, 'month'],
    ],
  );
  const { file: csv, progress } = await exported(at, 'prices');
  assert.equal(progress.rows_read, 4);
  assert.deepEqual((await imported(at, 'prices', csv)).counts, [4, 0, 0, 4, 0]);
});

test('G-09 G-10 customers go in by external id and come out as they went in; a dry run stores nothing', async () => {
  const at = await app.organization();
  const file = [
    'external_id,type,name,email,currency,credit_limit,tags,billing_address.line1,billing_address.city,billing_address.country,metadata.tier',
    'c1,company,"=Acme, Ltd",a@acme.example,EUR,5000,vip|north,1 Main St,Paris,fr,gold',
    'c2,person,Ada,,,,,,,,',
    'c3,person,Bob,bad,,,,,,,',
    ',person,Carl,,,,,,,,',
    'c5,person,Dora,,,,,1 Main St,,,',
  ].join('\n');
  const dry = await imported(at, 'customers', file, 'text/csv', '&dry_run=true');
  assert.deepEqual(dry.counts, [5, 2, 0, 0, 3]);
  assert.deepEqual((await app.request('GET', '/customers', { token: at.token })).body.data, []);
  const first = await imported(at, 'customers', file);
  assert.deepEqual(first.counts, [5, 2, 0, 0, 3]);
  assert.deepEqual(await errorsOf(at, first.id), [
    [4, 'email', 'format'],
    [5, 'external_id', 'required'],
    [6, 'billing_address.city', 'required'],
  ]);
  const { file: csv } = await exported(at, 'customers');
  assert.deepEqual((await imported(at, 'customers', csv)).counts, [2, 0, 0, 2, 0]);
  const other = await app.organization();
  assert.deepEqual((await imported(other, 'customers', csv)).counts, [2, 2, 0, 0, 0]);
  const { body } = await app.request('GET', '/customers?external_id=c1', { token: other.token });
  assert.partialDeepStrictEqual(body.data[0], {
    name: '=Acme, Ltd',
    currency: 'EUR',
    credit_limit: 5000,
    tags: ['vip', 'north'],
    metadata: { tier: 'gold' },
    billing_address: { line1: '1 Main St', city: 'Paris', country: 'FR' },
  });
});

async function shopWithStock() {
  const at = await app.organization();
  await imported(at, 'products', PRODUCTS);
  const find = async (externalId: string) => {
    const { body } = await app.request('GET', `/products?external_id=${externalId}`, { token: at.token });
    return body.data[0].id as string;
  };
  return { at, bolt: await find('e1'), service: await find('e2') };
}

test('G-09 G-10 stock is set, not added: the same file twice changes nothing; the export is such a file', async () => {
  const { at, bolt, service } = await shopWithStock();
  const { bolt: foreign } = await shopWithStock();
  const file = `product_id,quantity\n${bolt},40\n${service},1\n${foreign},5\n${bolt},-1\n`;
  const dry = await imported(at, 'stock', file, 'text/csv', '&dry_run=true');
  assert.deepEqual(dry.counts, [4, 0, 1, 0, 3]);
  const none = await app.request('GET', '/inventory/levels', { token: at.token });
  assert.deepEqual(none.body.data, []);
  const first = await imported(at, 'stock', file);
  assert.deepEqual(first.counts, [4, 0, 1, 0, 3]);
  assert.deepEqual(await errorsOf(at, first.id), [
    [3, 'product_id', 'not_allowed'],
    [4, 'product_id', 'not_found'],
    [5, 'quantity', 'too_small'],
  ]);
  assert.deepEqual((await imported(at, 'stock', file)).counts, [4, 0, 0, 1, 3]);
  const { file: levels } = await exported(at, 'stock');
  assert.match(
    levels,
    new RegExp(`^product_id,warehouse,quantity,reserved,damaged\\r\\n${bolt},whs_\\w+,40,0,0\\r\\n$`),
  );
  const back = await imported(at, 'stock', levels.replace(',40,', ',35,'));
  assert.deepEqual(back.counts, [1, 0, 1, 0, 0]);
});

test('G-09 G-10 orders come from another system as drafts or history, and foreign ids in a file are missing ones', async () => {
  const { at, bolt } = await shopWithStock();
  const { bolt: foreign } = await shopWithStock();
  const buyer = { type: 'company', name: 'Acme', email: 'a@acme.example', currency: 'EUR' };
  const customer = (await app.request('POST', '/customers', { token: at.token, body: buyer })).body.id;
  const row = (externalId: string, product: string, more: string) =>
    `${externalId},${customer},"[{""product_id"":""${product}"",""quantity"":2,""unit_price"":199}]",EUR,${more}`;
  const file = [
    'external_id,customer_id,items,currency,status,total',
    row('o1', bolt, 'draft,398'),
    row('o2', bolt, 'delivered,'),
    row('o3', foreign, 'draft,'),
    row('o4', bolt, 'draft,399'),
  ].join('\n');
  const first = await imported(at, 'orders', file);
  assert.deepEqual(first.counts, [4, 2, 0, 0, 2]);
  assert.deepEqual(await errorsOf(at, first.id), [
    [4, 'items[0].product_id', 'not_found'],
    [5, 'total', 'total_mismatch'],
  ]);
  assert.deepEqual((await imported(at, 'orders', file)).counts, [4, 0, 0, 2, 2]);
  const { file: csv } = await exported(at, 'orders', 'csv', { status: 'delivered' });
  assert.equal(csv.trim().split('\r\n').length, 2);
  assert.deepEqual((await imported(at, 'orders', csv)).counts, [1, 0, 0, 1, 0]);
});

test('G-10 an export is there when it is completed, for its own organisation, until 30 days later', async () => {
  const at = await app.organization();
  const stranger = await app.organization();
  const { id, headers } = await exported(at, 'users');
  assert.match(headers['content-disposition']!, new RegExp(`^attachment; filename="${id}\\.csv"$`));
  assert.equal(headers['x-content-type-options'], 'nosniff');
  for (const path of [`/exports/${id}`, `/exports/${id}/download`]) {
    assert.equal((await app.request('GET', path, { token: stranger.token })).status, 404);
  }
  const worker = app.platform.runtime.worker('bulk');
  await worker.stop();
  const waiting = await app.request('POST', '/exports', { token: at.token, body: { resource: 'users' } });
  const early = await app.request('GET', `/exports/${waiting.body.subject_id}/download`, { token: at.token });
  assert.deepEqual([early.status, early.body.error.code], [409, 'ERR_INVALID_STATE']);
  worker.start();
  const unknown = await app.request('POST', '/exports', {
    token: at.token,
    body: { resource: 'users', filters: { category: 'x' } },
  });
  assert.deepEqual([unknown.status, unknown.body.error.details[0].field], [422, 'filters.category']);
  app.clock.advance(31 * 24 * 60 * 60 * 1_000);
  const token = await app.tokenWith(at, ['exports:read', 'users:read']);
  assert.equal((await app.request('GET', `/exports/${id}/download`, { token })).status, 410);
});
