import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { roleOf } from '#kernel/database/migrations.ts';
import { type TestAnswer, type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';
import { startReceiver } from '#test/support/https-receiver.ts';

const VISA = '4242424242424242';
const REAL = '4539148803436467';
const NUMBERS = [VISA, '378282246310005', '4000000000003220', REAL];

let app: TestApp;
let shop: TestOrganization;
let client: pg.Client;
before(async () => {
  const authority = fileURLToPath(new URL('../../../../test/support/certificates/authority.pem', import.meta.url));
  const webhooks = { WEBHOOK_ALLOWED_PRIVATE_HOSTS: '127.0.0.1', WEBHOOK_CA_FILE: authority };
  app = await testApp({ settings: { LOG_LEVEL: 'trace', ...webhooks } });
  shop = await app.organization();
  client = new pg.Client(app.database.connection);
  client.on('error', () => undefined);
  await client.connect();
});
after(async () => {
  await client?.end();
  await app?.close();
});

const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<TestAnswer> =>
  app.request(method, path, { token: shop.token, body, headers });
const card = (number: string, more: object = {}) => ({ number, exp_month: 12, exp_year: 2034, cvc: '123', ...more });
const tokenize = (number: string, more?: object) => call('POST', '/payment-methods/tokenize', card(number, more));

async function aCustomer(): Promise<string> {
  return (await call('POST', '/customers', { type: 'company', name: 'Acme', email: 'a@acme.example' })).body.id;
}

async function attached(token: string): Promise<TestAnswer> {
  return call('POST', '/payment-methods', { customer_id: await aCustomer(), type: 'card', token });
}

test('PCI-03 PCI-04 a test card becomes a token: last four digits, expiry, a keyed hash, and it pays', async () => {
  const made = await tokenize('4242 4242 4242 4242');
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.match(made.body.token, /^tok_card_\w{40,}$/);
  assert.deepEqual([made.body.brand, made.body.last4, made.body.exp_year], ['visa', '4242', 2034]);
  const again = (await tokenize(VISA)).body;
  assert.notEqual(again.token, made.body.token);
  assert.equal(again.fingerprint, made.body.fingerprint, 'the same card');
  assert.notEqual((await tokenize('378282246310005')).body.fingerprint, made.body.fingerprint);
  const stranger = await app.organization();
  const elsewhere = await app.request('POST', '/payment-methods/tokenize', { token: stranger.token, body: card(VISA) });
  assert.notEqual(elsewhere.body.fingerprint, made.body.fingerprint, 'nobody compares cards across organisations');
  const method = await attached(made.body.token);
  assert.deepEqual([method.body.last4, method.body.fingerprint], ['4242', made.body.fingerprint]);
  const charge = { amount: 1_000, currency: 'USD', method_id: method.body.id, description: 'x' };
  assert.equal((await call('POST', '/payments', charge)).body.status, 'succeeded');
  const stolen = { customer_id: 'x', type: 'card', token: made.body.token };
  const theirs = await app.request('POST', '/customers', {
    token: stranger.token,
    body: { type: 'company', name: 'Other', email: 'o@other.example' },
  });
  const refused = await app.request('POST', '/payment-methods', {
    token: stranger.token,
    body: { ...stolen, customer_id: theirs.body.id },
  });
  assert.equal(refused.status, 422, 'a token of another organisation is unknown');
  const threeDs = await attached((await tokenize('4000 0000 0000 3220')).body.token);
  const action = await call('POST', '/payments', { ...charge, method_id: threeDs.body.id });
  assert.equal(action.body.status, 'requires_action');
});

test('PCI-04 real numbers, expired cards and wrong codes are refused, without repeating the number', async () => {
  for (const [number, more, field] of [
    [REAL, {}, 'number'],
    ['4242424242424241', {}, 'number'],
    [VISA, { exp_month: 1, exp_year: 2020 }, 'exp_year'],
    [VISA, { cvc: 'abc' }, 'cvc'],
  ] as const) {
    const { status, body } = await tokenize(number, more);
    assert.deepEqual([status, body.error.details[0].field], [422, field]);
    assert.doesNotMatch(JSON.stringify(body), new RegExp(number));
  }
});

/** Everywhere a caller can write a number beside the one place that takes it. */
async function writeNumbersEverywhere(): Promise<TestAnswer[]> {
  const method = (await attached('tok_visa')).body.id;
  const charge = { amount: 500, currency: 'USD', method_id: method, description: 'x' };
  const paid = (await call('POST', '/payments', charge)).body.id;
  const refusals: TestAnswer[] = [];
  for (const number of [REAL, '4539-1488-0343-6467']) {
    refusals.push(
      await attached(number),
      await call('POST', '/payments', { ...charge, description: `card ${number}` }),
      await call('POST', '/payments', { ...charge, metadata: { note: number } }),
      await call('POST', '/payments', { ...charge, metadata: { [number]: 'x' } }),
      await call('POST', '/payments', { ...charge, return_url: `https://shop.example/?card=${number}` }),
      await call('POST', `/payments/${paid}/refund`, { reason: number }),
      await call('POST', '/refunds', { payment_id: paid, lines: [{ reference: number, quantity: 1, amount: 1 }] }),
      await call('POST', '/payments', charge, { 'idempotency-key': number }),
      await call('POST', '/payments', { ...charge, [number]: 'x' }),
      await call('POST', '/payments', { ...charge, currency: number }),
      await call('GET', `/payments/${number}`),
      await call('GET', `/payments?customer_id=${number}`),
      await call('DELETE', `/payment-methods/${number}`),
      await call('GET', `/${number}`),
      await app.request('POST', '/payments', {
        token: shop.token,
        headers: { 'content-type': 'application/json' },
        raw: `{"card": ${number}`,
      }),
      await app.request('GET', '/payments', { token: number }),
    );
    // Not refused, but what is kept of the request must not hold it.
    await call('GET', '/payments', undefined, {
      'user-agent': `shop ${number}`,
      'x-request-id': number.replaceAll('-', '.'),
    });
    await call('POST', '/customers', { type: 'company', name: 'A', email: 'a@b.example' }, { 'user-agent': number });
  }
  return refusals;
}

test('PCI-02 after test payments no database, log, file, answer or webhook holds a full card number, nor a plain hash of one', async (t) => {
  const received: string[] = [];
  const { port } = await startReceiver(t, async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received.push(JSON.stringify(request.headers) + body);
    response.writeHead(200).end();
  });
  const hook = { url: `https://127.0.0.1:${port}/hook`, events: ['payment.succeeded', 'payment.failed'] };
  assert.equal((await call('POST', '/webhooks', hook)).status, 201);
  for (const number of NUMBERS.slice(0, 3)) {
    const key = { 'idempotency-key': `intake-${number.slice(-4)}` };
    const made = await call('POST', '/payment-methods/tokenize', card(number), key);
    const method = await attached(made.body.token);
    const charge = { amount: 500, currency: 'USD', method_id: method.body.id, description: 'x' };
    assert.ok((await call('POST', '/payments', charge, { 'idempotency-key': `pay-${number.slice(-4)}` })).status < 300);
  }
  const refusals = await writeNumbersEverywhere();
  for (const { status, body } of refusals) assert.ok(status >= 400 && status < 500, JSON.stringify(body));
  await app.settle();
  const places: Record<string, string[]> = {
    database: await everyValue(),
    logs: app.logLines,
    files: filesBelow(app.dataDirectory),
    answers: refusals.map(({ body }) => JSON.stringify(body)),
    webhooks: received,
  };
  for (const [place, texts] of Object.entries(places)) {
    assert.ok(texts.join('').length > 300, `${place} is looked into`);
    const found = texts.filter(holdsOne).map((text) => text.slice(0, 300));
    assert.deepEqual(found, [], place);
  }
  const { rows } = await client.query('select count(*)::int as n from vault.idempotency_keys');
  assert.equal(rows[0].n, 0, 'the intake keeps no hash of its input');
});

/** The digits in any grouping, in hexadecimal bytes, and hashes without a key, which anybody could try out. */
function holdsOne(text: string): boolean {
  const plain = text.replaceAll(/(?<=\d)[ .\u00a0-](?=\d)/g, '');
  return NUMBERS.some((number) => {
    const hashes = ['md5', 'sha1', 'sha256'].map((name) => createHash(name).update(number).digest());
    const forms = hashes.flatMap((hash) => [hash.toString('hex'), hash.toString('base64'), hash.toString('base64url')]);
    const encoded = [Buffer.from(number).toString('hex'), Buffer.from(number).toString('base64').slice(0, 20)];
    return plain.includes(number) || [...forms, ...encoded].some((form) => text.includes(form));
  });
}

/** Every row of every table, bytes as hexadecimal, as the owner of everything sees it. */
async function everyValue(): Promise<string[]> {
  const { rows: tables } = await client.query(`select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')`);
  const texts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await client.query(`select row(each.*)::text as text from ${name} as each`);
    texts.push(...rows.map(({ text }) => text));
  }
  assert.ok(tables.length > 50 && texts.length > 100);
  return texts;
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'));
}

test('PCI-04 the vault is a part of its own: no other role reads it, and no other keys open it', async () => {
  await tokenize(VISA);
  const { rows } = await client.query('select org_id, id, reference from vault.cards limit 1');
  const [stored] = rows;
  for (const schema of ['payments', 'orders', 'audit', 'webhooks']) {
    await client.query('begin');
    try {
      await client.query(`set local role ${roleOf(schema)}`);
      await assert.rejects(client.query('select 1 from vault.cards'), { code: '42501' }, schema);
    } finally {
      await client.query('rollback');
    }
  }
  const { runtime } = app.platform;
  const context = `vault.cards.reference:${stored.id}`;
  assert.match(runtime.kit('vault').sealing.openForOrganization(stored.org_id, stored.reference, context), /^tok_/);
  const { sealing } = runtime.kit('payments');
  assert.throws(() => sealing.openForOrganization(stored.org_id, stored.reference, context), { name: 'SealError' });
});
