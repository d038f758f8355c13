import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY_MS, MINUTE_MS } from '#kernel/clock.ts';
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

async function aMethod(token: string): Promise<string> {
  const type = token.includes('bank') ? 'bank_transfer' : token.includes('wallet') ? 'wallet' : 'card';
  const customer = await call('POST', '/customers', { type: 'company', name: 'Acme', email: 'a@acme.example' });
  const answer = await call('POST', '/payment-methods', { customer_id: customer.body.id, type, token });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body.id;
}

async function pay(token: string, more: object = {}): Promise<TestAnswer> {
  const method_id = await aMethod(token);
  return call('POST', '/payments', { amount: 10_000, currency: 'USD', method_id, description: 'Workshop', ...more });
}

/** Moves the clock, renews the token that has not lived that long, and lets jobs run. */
async function later(ms: number): Promise<void> {
  app.clock.advance(ms);
  shop.token = await app.tokenWith(shop, [...ORGANIZATION_SCOPES]);
  await app.settle();
}

const read = async (id: string) => (await call('GET', `/payments/${id}`)).body;

test('PAY-01 PAY-19 a payment is held and captured, whole or in part; the fee is of what was taken', async () => {
  const held = await pay('tok_visa', { capture_method: 'manual' });
  assert.deepEqual([held.status, held.body.status, held.body.captured_amount], [200, 'authorized', 0]);
  const tooMuch = await call('POST', `/payments/${held.body.id}/capture`, { amount: 10_001 });
  assert.equal(tooMuch.status, 422);
  const taken = await call('POST', `/payments/${held.body.id}/capture`, { amount: 4_000 });
  assert.deepEqual(
    [taken.status, taken.body.status, taken.body.captured_amount, taken.body.fee_amount, taken.body.net_amount],
    [200, 'succeeded', 4_000, 146, 3_854],
  );
  assert.equal((await call('POST', `/payments/${held.body.id}/capture`, {})).status, 409, 'once');
  assert.equal((await call('POST', `/payments/${held.body.id}/refund`, { amount: 4_001 })).status, 422);
  const refunded = await call('POST', `/payments/${held.body.id}/refund`, {});
  assert.deepEqual([refunded.body.status, refunded.body.refunded_amount], ['refunded', 4_000]);
  const whole = await pay('tok_visa', { capture_method: 'manual' });
  const all = await call('POST', `/payments/${whole.body.id}/capture`, {});
  assert.deepEqual([all.body.captured_amount, all.body.fee_amount], [10_000, 320]);
});

test('PAY-14 a capture after a void is refused, a void after a capture too; both at once: one of them', async () => {
  const held = (await pay('tok_visa', { capture_method: 'manual' })).body;
  const released = await call('POST', `/payments/${held.id}/void`);
  assert.deepEqual([released.status, released.body.status, released.body.captured_amount], [200, 'canceled', 0]);
  assert.equal((await call('POST', `/payments/${held.id}/capture`, {})).status, 409);
  assert.equal((await call('POST', `/payments/${held.id}/void`)).status, 409);
  const taken = (await pay('tok_visa')).body;
  const refused = await call('POST', `/payments/${taken.id}/void`);
  assert.deepEqual([refused.status, refused.body.error.code], [409, 'ERR_INVALID_STATE']);
  for (let round = 0; round < 5; round++) {
    const { id } = (await pay('tok_visa', { capture_method: 'manual' })).body;
    const [capture, release] = await Promise.all([
      call('POST', `/payments/${id}/capture`, {}),
      call('POST', `/payments/${id}/void`),
    ]);
    const after = await read(id);
    assert.equal([capture, release].filter(({ status }) => status === 200).length, 1, JSON.stringify(after));
    assert.equal(after.status, capture.status === 200 ? 'succeeded' : 'canceled');
    assert.equal(after.captured_amount, capture.status === 200 ? 10_000 : 0);
  }
});

test('C-52 a repeated capture and a repeated refund object give the first answer', async () => {
  const { id } = (await pay('tok_visa', { capture_method: 'manual' })).body;
  const key = { 'idempotency-key': 'capture-once' };
  const first = await call('POST', `/payments/${id}/capture`, { amount: 700 }, key);
  const again = await call('POST', `/payments/${id}/capture`, { amount: 700 }, key);
  assert.deepEqual([again.status, again.body], [200, first.body]);
  assert.equal(again.headers['idempotent-replayed'], 'true');
  const refundKey = { 'idempotency-key': 'refund-once' };
  const refund = await call('POST', '/refunds', { payment_id: id, amount: 300 }, refundKey);
  const repeated = await call('POST', '/refunds', { payment_id: id, amount: 300 }, refundKey);
  assert.deepEqual([refund.status, repeated.body], [201, refund.body]);
  assert.equal((await read(id)).refunded_amount, 300);
});

test('G-24 PAY-12 refunds are objects: reason, lines, status, listed and read; a failed one tells why', async () => {
  const { id } = (await pay('tok_visa')).body;
  const lines = [
    { reference: 'itm_01m85bzpp3e00a29fhn388ttws', quantity: 1, amount: 1_200 },
    { reference: 'itm_01m85bzpp3e00a29fhn388ttwt', quantity: 2, amount: 800 },
  ];
  const wrong = await call('POST', '/refunds', { payment_id: id, amount: 1_999, lines });
  assert.deepEqual([wrong.status, wrong.body.error.details[0].field], [422, 'amount']);
  const made = await call('POST', '/refunds', { payment_id: id, reason: 'Arrived damaged', lines });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  assert.deepEqual(
    [made.body.amount, made.body.status, made.body.reason, made.body.lines],
    [2_000, 'succeeded', 'Arrived damaged', lines],
  );
  assert.deepEqual((await call('GET', `/refunds/${made.body.id}`)).body, made.body);
  const second = await call('POST', '/refunds', { payment_id: id, amount: 500 });
  const { body: list } = await call('GET', `/refunds?payment_id=${id}`);
  assert.deepEqual(
    list.data.map((each: { id: string }) => each.id),
    [second.body.id, made.body.id],
  );
  const stubborn = (await pay('tok_refund_fails')).body;
  const refused = await call('POST', '/refunds', { payment_id: stubborn.id });
  assert.deepEqual([refused.status, refused.body.error.details[0].code], [402, 'refund_declined']);
  const failed = (await call('GET', `/refunds?payment_id=${stubborn.id}&status=failed`)).body.data[0];
  assert.deepEqual([failed.status, failed.failure.code], ['failed', 'refund_declined']);
  const history = await call('GET', `/payments/${stubborn.id}/history`);
  assert.equal(history.body.data.at(-1).type, 'payment.refund_failed');
  const other = await app.organization();
  const foreign = await app.request('GET', `/refunds/${made.body.id}`, { token: other.token });
  assert.equal(foreign.status, 404);
});

test('G-24 a refund that takes its time is pending, reserves its amount, and is certain a day later', async () => {
  const { id } = (await pay('tok_refund_pending')).body;
  const { body: refund } = await call('POST', '/refunds', { payment_id: id, amount: 9_000 });
  assert.equal(refund.status, 'pending');
  assert.equal((await read(id)).refunded_amount, 0);
  assert.equal((await call('POST', '/refunds', { payment_id: id, amount: 1_001 })).status, 422);
  await later(DAY_MS + 1_000);
  assert.equal((await call('GET', `/refunds/${refund.id}`)).body.status, 'succeeded');
  assert.equal((await read(id)).refunded_amount, 9_000);
});

/** Opens the page of a challenge as a browser does: its cookie, and the fields of one of its two forms. */
async function openChallenge(url: string, outcome: 'pass' | 'fail') {
  const page = await app.request('GET', url.slice(app.baseUrl.length));
  const cookie = String(page.headers['set-cookie'] ?? '').split(';')[0]!;
  const form =
    page.status === 200 ? page.body.split('<form').find((each: string) => each.includes(`"${outcome}"`)) : '';
  const fields = new URLSearchParams();
  for (const [, name, value] of form.matchAll(/name="(\w+)" value="([^"]*)"/g)) fields.set(name, value);
  const send = (headers: Record<string, string> = { cookie }) =>
    app.request('POST', '/simulator/challenge', {
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      raw: fields.toString(),
    });
  return { page, send };
}

test('PAY-10 C-80 3-D Secure: the customer confirms on a page of the bank, and the payment goes on', async () => {
  const started = await pay('tok_3ds_required', { return_url: 'https://shop.example/thanks?cart=7' });
  assert.deepEqual([started.status, started.body.status], [202, 'requires_action']);
  assert.ok(Date.parse(started.body.next_action.expires_at) > app.clock.nowMs());
  const { page, send } = await openChallenge(started.body.next_action.url, 'pass');
  assert.equal(page.status, 200);
  assert.match(page.body, /100\.00 USD/);
  assert.match(String(page.headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/);
  assert.match(String(page.headers['set-cookie']), /HttpOnly; SameSite=Strict/);
  assert.equal((await send({})).status, 400, 'a form of another browser is refused');
  assert.equal((await send({ cookie: `challenge=${'x'.repeat(43)}` })).status, 400);
  assert.equal((await read(started.body.id)).status, 'requires_action');
  const done = await send();
  assert.equal(done.status, 303);
  const target = `https://shop.example/thanks?cart=7&payment_id=${started.body.id}&status=succeeded`;
  assert.equal(done.headers.location, target);
  const after = await read(started.body.id);
  assert.deepEqual([after.status, after.captured_amount, after.next_action], ['succeeded', 10_000, null]);
  assert.equal((await send()).status, 400, 'once only');
  assert.equal((await openChallenge(started.body.next_action.url, 'pass')).page.status, 400);
  assert.equal((await openChallenge(`${app.baseUrl}/simulator/challenge?secret=wrong`, 'pass')).page.status, 400);
});

test('PAY-10 PAY-08 3-D Secure that fails, is never finished, or is not possible: the payment fails with its code', async () => {
  const refused = (await pay('tok_3ds_required')).body;
  const { send } = await openChallenge(refused.next_action.url, 'fail');
  assert.equal((await send()).status, 200);
  const failed = await read(refused.id);
  assert.deepEqual([failed.status, failed.failure.code], ['failed', 'authentication_failed']);
  const forgotten = (await pay('tok_3ds_required')).body;
  await later(15 * MINUTE_MS + 1_000);
  const expired = await read(forgotten.id);
  assert.deepEqual([expired.status, expired.failure.code], ['failed', 'authentication_expired']);
  const impossible = await pay('tok_3ds_failed');
  assert.deepEqual([impossible.status, impossible.body.error.details[0].code], [402, 'authentication_failed']);
  const held = (await pay('tok_3ds_required', { capture_method: 'manual' })).body;
  const challenge = await openChallenge(held.next_action.url, 'pass');
  // Two presses at once are one answer.
  const presses = await Promise.all([challenge.send(), challenge.send()]);
  assert.deepEqual(presses.map(({ status }) => status).sort(), [200, 400]);
  assert.equal((await read(held.id)).status, 'authorized');
  assert.equal((await call('POST', `/payments/${held.id}/capture`, {})).body.status, 'succeeded');
});

test('G-13 ARC-04 a dispute takes the money back; evidence wins it or not; the fee is booked in any case', async () => {
  const [won, lost, ignored] = [
    (await pay('tok_dispute')).body,
    (await pay('tok_dispute')).body,
    (await pay('tok_dispute')).body,
  ];
  await call('POST', `/payments/${won.id}/refund`, { amount: 1_000 });
  assert.equal((await call('GET', `/disputes?payment_id=${won.id}`)).body.data.length, 0);
  await later(MINUTE_MS + 1_000);
  const open = await read(won.id);
  assert.deepEqual([open.disputed_amount, open.dispute_fee_amount, open.net_amount], [9_000, 1_500, -1_820]);
  assert.equal(
    (await call('POST', `/payments/${won.id}/refund`, { amount: 1 })).status,
    409,
    'nothing is left to refund',
  );
  const disputeOf = async (id: string) => (await call('GET', `/disputes?payment_id=${id}`)).body.data[0];
  const answer = async (id: string, evidence: string) =>
    call('POST', `/disputes/${(await disputeOf(id)).id}/evidence`, { evidence });
  assert.equal((await disputeOf(won.id)).status, 'needs_response');
  const card = await answer(won.id, 'paid with 4242 4242 4242 4242');
  assert.equal(card.status, 422);
  const answered = await answer(won.id, 'the parcel was signed for: winning_evidence');
  assert.deepEqual([answered.status, answered.body.status], [200, 'under_review']);
  assert.equal((await answer(won.id, 'more')).status, 409, 'once');
  await answer(lost.id, 'no idea');
  await later(DAY_MS + 1_000);
  assert.equal((await disputeOf(won.id)).status, 'won');
  const afterwards = await read(won.id);
  assert.deepEqual(
    [afterwards.disputed_amount, afterwards.dispute_fee_amount, afterwards.net_amount],
    [0, 1_500, 7_180],
  );
  assert.equal((await call('POST', `/payments/${won.id}/refund`, { amount: 9_000 })).body.status, 'refunded');
  assert.equal((await disputeOf(lost.id)).status, 'lost');
  assert.equal((await read(lost.id)).disputed_amount, 10_000);
  await later(7 * DAY_MS);
  assert.equal((await disputeOf(ignored.id)).status, 'lost', 'who does not answer in time loses');
  assert.equal((await answer(ignored.id, 'too late')).status, 409);
  const types = (await call('GET', `/payments/${won.id}/history`)).body.data.map(({ type }: { type: string }) => type);
  assert.deepEqual(types.slice(4, 7), ['payment.dispute_opened', 'payment.dispute_answered', 'payment.dispute_won']);
});

test('G-04 PAY-16 a bank account is verified by two deposits before it is charged; three wrong answers end it', async () => {
  const id = await aMethod('tok_bank_unverified');
  const charge = { amount: 500, currency: 'EUR', method_id: id, description: 'x' };
  assert.equal((await call('POST', '/payments', charge)).status, 409);
  const verify = (method: string, [first_deposit, second_deposit]: number[]) =>
    call('POST', `/payment-methods/${method}/verify`, { first_deposit, second_deposit });
  assert.equal((await verify(id, [32])).status, 422);
  const wrong = await verify(id, [45, 32]);
  assert.deepEqual([wrong.status, /2 more attempts/.test(wrong.body.error.message)], [422, true]);
  const right = await verify(id, [32, 45]);
  assert.deepEqual([right.status, right.body.verification], [200, 'verified']);
  assert.equal((await call('POST', '/payments', charge)).body.status, 'processing');
  assert.equal((await verify(id, [32, 45])).status, 409);
  const guessed = await aMethod('tok_bank_unverified');
  const guesses = await Promise.all(Array.from({ length: 8 }, (_, index) => verify(guessed, [index + 1, 1])));
  assert.equal(guesses.filter(({ status }) => status === 422).length, 3, 'at once they are no more than three');
  assert.equal((await call('GET', `/payment-methods/${guessed}`)).body.verification, 'failed');
  assert.equal((await verify(guessed, [32, 45])).status, 409);
});

test('PAY-03 C-43 yen have no decimals, and amounts at the edge of the safe range keep every unit', async () => {
  const yen = (await pay('tok_visa', { amount: 1_000, currency: 'JPY' })).body;
  assert.deepEqual([yen.amount, yen.fee_amount], [1_000, 59]);
  const tooMuch = await call('POST', `/payments/${yen.id}/refund`, { amount: 1_001 });
  assert.match(tooMuch.body.error.message, /1000 JPY/);
  const most = Number.MAX_SAFE_INTEGER;
  const large = (await pay('tok_bank_ok', { amount: most })).body;
  assert.equal(large.amount, most);
  await later(3 * DAY_MS + 1_000);
  const settled = await read(large.id);
  assert.deepEqual([settled.captured_amount, settled.fee_amount, settled.net_amount], [most, 500, most - 500]);
  assert.equal((await pay('tok_visa', { amount: most + 2 })).status, 422);
});

test('G-04 PAY-09 a card is charged until the end of its month, and its expiry is an event', async () => {
  const id = await aMethod('tok_visa');
  const { body: card } = await call('GET', `/payment-methods/${id}`);
  assert.deepEqual([card.exp_month, card.exp_year, card.expired], [12, 2034, false]);
  const charge = { amount: 500, currency: 'USD', method_id: id, description: 'x' };
  await later(Date.UTC(2034, 11, 31, 23, 59) - app.clock.nowMs());
  assert.equal((await call('POST', '/payments', charge)).status, 200);
  await later(2 * MINUTE_MS);
  const refused = await call('POST', '/payments', charge);
  assert.deepEqual([refused.status, refused.body.error.details[0].code], [402, 'expired_card']);
  assert.equal((await call('GET', `/payment-methods/${id}`)).body.expired, true);
});
