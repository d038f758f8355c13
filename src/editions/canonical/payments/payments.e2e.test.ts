import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { DAY_MS } from '#kernel/clock.ts';
import { ORGANIZATION_SCOPES } from '#modules/identity/index.ts';
import { type TestAnswer, type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  app = await testApp();
  shop = await app.organization();
});
after(() => app?.close());

function call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<TestAnswer> {
  return app.request(method, path, { token: shop.token, body, headers });
}

async function aCustomer(): Promise<string> {
  const answer = await call('POST', '/customers', { type: 'company', name: 'Acme', email: 'a@acme.example' });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body.id;
}

async function aMethod(token: string, type = 'card', customer?: string): Promise<string> {
  const body = { customer_id: customer ?? (await aCustomer()), type, token };
  const answer = await call('POST', '/payment-methods', body);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body.id;
}

async function pay(token: string, more: object = {}, headers?: Record<string, string>) {
  const type = token.includes('bank') ? 'bank_transfer' : token.includes('wallet') ? 'wallet' : 'card';
  const charge = { amount: 10_000, currency: 'USD', method_id: await aMethod(token, type), description: 'Workshop' };
  return call('POST', '/payments', { ...charge, ...more }, headers);
}

const fieldsOf = (answer: TestAnswer) => answer.body.error.details.map((detail: { field: string }) => detail.field);

test('PAY-01 PAY-02 PAY-03 PAY-04 PAY-05 what a payment needs, and what it must look like', async () => {
  const empty = await call('POST', '/payments', {});
  assert.equal(empty.status, 422);
  assert.deepEqual(fieldsOf(empty).sort(), ['amount', 'currency', 'description']);
  const withoutMethod = await call('POST', '/payments', { amount: 1, currency: 'USD', description: 'x' });
  assert.equal(withoutMethod.status, 422);
  assert.deepEqual(fieldsOf(withoutMethod), ['method_id']);
  for (const amount of [0, -1, 1.5, '10']) {
    assert.deepEqual(fieldsOf(await pay('tok_visa', { amount })), ['amount'], String(amount));
  }
  assert.deepEqual(fieldsOf(await pay('tok_visa', { currency: 'XXX' })), ['currency']);
});

test('PAY-06 PAY-07 PAY-19 success is 200 with the transaction and the booked fee', async () => {
  const { status, body, headers } = await pay('tok_visa', { metadata: { team: 'blue' } });
  assert.equal(status, 200);
  assert.match(body.transaction_id, /^txn_/);
  assert.deepEqual(
    [body.status, body.amount, body.captured_amount, body.fee_amount],
    ['succeeded', 10_000, 10_000, 320],
  );
  assert.ok(headers.etag);
  const read = await call('GET', `/payments/${body.id}`);
  assert.deepEqual(read.body, body);
});

test('PAY-08 PAY-09 C-32 ERR-08 ERR-09 a decline is 402 with its code, stored, and the same when it is repeated', async () => {
  for (const [token, code, decline] of [
    ['tok_declined', 'ERR_PAYMENT_FAILED', 'card_declined'],
    ['tok_expired_card', 'ERR_PAYMENT_FAILED', 'expired_card'],
    ['tok_insufficient_funds', 'ERR_INSUFFICIENT_FUNDS', 'insufficient_funds'],
  ] as const) {
    const method = await aMethod(token);
    const charge = { amount: 500, currency: 'USD', method_id: method, description: 'x' };
    const refused = await call('POST', '/payments', charge, { 'idempotency-key': token });
    assert.equal(refused.status, 402);
    assert.deepEqual([refused.body.error.code, refused.body.error.details[0].code], [code, decline]);
    const again = await call('POST', '/payments', charge, { 'idempotency-key': token });
    assert.deepEqual([again.status, again.body.error.details], [402, refused.body.error.details]);
    assert.equal(again.headers['idempotent-replayed'], 'true');
    const failed = await call('GET', '/payments?status=failed&limit=1');
    assert.deepEqual([failed.body.data[0].method_id, failed.body.data[0].failure.code], [method, decline]);
  }
});

test('PAY-10 PAY-16 C-80 undecided payments are 202: what to do next, or when it is certain', async () => {
  const action = await pay('tok_3ds_required');
  assert.deepEqual([action.status, action.body.status], [202, 'requires_action']);
  assert.ok(action.body.next_action.url.startsWith(`${app.baseUrl}/simulator/challenge?`));
  const transfer = await pay('tok_bank_ok');
  assert.deepEqual([transfer.status, transfer.body.status], [202, 'processing']);
  app.clock.advance(3 * DAY_MS + 1000);
  // The token has not lived that long.
  shop.token = await app.tokenWith(shop, [...ORGANIZATION_SCOPES]);
  await app.settle();
  assert.equal((await call('GET', `/payments/${transfer.body.id}`)).body.status, 'succeeded');
});

test('C-81 payment_method_id is the same field; two different ones are refused', async () => {
  const [one, two] = [await aMethod('tok_visa'), await aMethod('tok_amex')];
  const charge = { amount: 500, currency: 'USD', description: 'x' };
  const alias = await call('POST', '/payments', { ...charge, payment_method_id: one });
  assert.deepEqual([alias.status, alias.body.method_id], [200, one]);
  const both = await call('POST', '/payments', { ...charge, method_id: one, payment_method_id: two });
  assert.equal(both.status, 422);
});

test('C-52 the same key at once charges once', async () => {
  const charge = { amount: 777, currency: 'USD', method_id: await aMethod('tok_visa'), description: 'x' };
  const answers = await Promise.all(
    Array.from({ length: 4 }, () => call('POST', '/payments', charge, { 'idempotency-key': 'once' })),
  );
  assert.ok(answers.some(({ status }) => status === 200));
  assert.ok(answers.every(({ status }) => status === 200 || status === 409));
  const { body } = await call('GET', '/payments');
  assert.equal(body.data.filter((each: { amount: number }) => each.amount === 777).length, 1);
});

test('PAY-11 PAY-12 PAY-13 PAY-14 refunds: partial, too much, the rest', async () => {
  const { id } = (await pay('tok_visa')).body;
  const refund = (body: object) => call('POST', `/payments/${id}/refund`, body);
  const partial = await refund({ amount: 2500, reason: 'goodwill' });
  assert.equal(partial.status, 200);
  assert.deepEqual([partial.body.refunded_amount, partial.body.status], [2500, 'succeeded']);
  const tooMuch = await refund({ amount: 7501 });
  assert.equal(tooMuch.status, 422);
  assert.match(tooMuch.body.error.message, /75\.00 USD/);
  const rest = await refund({});
  assert.deepEqual([rest.body.refunded_amount, rest.body.status, rest.body.refunds.length], [10_000, 'refunded', 2]);
  assert.equal((await refund({})).status, 409);
  const history = await call('GET', `/payments/${id}/history`);
  assert.deepEqual(
    history.body.data.map(({ type }: { type: string }) => type),
    [
      'payment.created',
      'payment.succeeded',
      ...Array.from({ length: 2 }, () => ['payment.refund_requested', 'payment.refunded']).flat(),
    ],
  );
});

test('PAY-15 PAY-17 PAY-18 PAY-19 G-04 methods and their terms; the default; detached stays readable', async () => {
  const { body: terms } = await call('GET', '/payment-methods/types');
  assert.deepEqual(
    terms.data.map(
      ({ type, fee, processing_seconds }: { type: string; fee: { percent: string }; processing_seconds: number }) => [
        type,
        fee.percent,
        processing_seconds,
      ],
    ),
    [
      ['card', '2.90', 0],
      ['bank_transfer', '0.80', 259_200],
      ['wallet', '3.40', 0],
    ],
  );
  const customer = await aCustomer();
  const card = await aMethod('tok_visa', 'card', customer);
  const wallet = await aMethod('tok_wallet_ok', 'wallet', customer);
  const chosen = await call('POST', `/payment-methods/${wallet}/set-default`);
  assert.equal(chosen.body.default, true);
  const defaults = async () =>
    (await call('GET', `/payment-methods?customer_id=${customer}`)).body.data
      .filter((each: { default: boolean }) => each.default)
      .map(({ id }: { id: string }) => id);
  assert.deepEqual(await defaults(), [wallet]);
  const removed = await call('DELETE', `/payment-methods/${card}`);
  assert.deepEqual([removed.status, removed.body.status], [200, 'detached']);
  assert.equal((await call('GET', `/payment-methods/${card}`)).status, 200);
  assert.equal((await call('DELETE', `/payment-methods/${card}`)).status, 410);
});

test('PCI-02 PCI-03 PCI-04 a card number is refused everywhere; no table and no log line holds one afterwards', async () => {
  const card = '4242 4242 4242 4242';
  const customer = await aCustomer();
  const bare = card.replaceAll(' ', '');
  const method = { customer_id: customer, type: 'card', token: bare };
  const attempts = [
    await call('POST', '/payment-methods', method, { 'idempotency-key': 'card' }),
    await pay('tok_visa', { description: `card ${card}` }, { 'idempotency-key': 'card' }),
    await pay('tok_visa', { metadata: { number: bare } }),
    await call('POST', `/payments/${(await pay('tok_visa')).body.id}/refund`, { reason: card }),
  ];
  for (const { status, body } of attempts) {
    assert.deepEqual([status, body.error.code], [422, 'ERR_VALIDATION']);
    assert.match(body.error.message, /token/);
  }
  await app.settle();
  const everything = await everyRow();
  assert.ok(everything.includes(customer), 'the scan looks at the right place');
  assert.doesNotMatch(everything, /4242[ -]?4242/);
  assert.doesNotMatch(app.logLines.join('\n'), /4242[ -]?4242/);
});

/** Every row of every table of the product as text. */
async function everyRow(): Promise<string> {
  const client = new pg.Client(app.database.connection);
  await client.connect();
  try {
    const tables = await client.query(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const parts: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query(`select string_agg(to_jsonb(each)::text, ' ') as text from ${name} as each`);
      parts.push(rows[0].text ?? '');
    }
    return parts.join(' ');
  } finally {
    await client.end();
  }
}
