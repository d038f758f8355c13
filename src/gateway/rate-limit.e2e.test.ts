import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestAnswer, type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

/** The real limits; the clock stands still unless a test moves it. */
const settings = {
  RATE_LIMIT_CREDENTIAL: '500',
  RATE_LIMIT_ORGANIZATION: '1000',
  RATE_LIMIT_USER: '100',
  RATE_LIMIT_BURST: '50',
  RATE_LIMIT_ANONYMOUS: '30',
  RATE_LIMIT_ENDPOINTS: 'customers.list=3',
};

let app: TestApp;
before(async () => {
  app = await testApp({ settings });
});
after(() => app.close());

/** Every test begins with empty windows. */
async function freshShop(): Promise<TestOrganization> {
  app.clock.advance(120_000);
  return app.organization();
}

async function read(token: string, path = '/products'): Promise<TestAnswer> {
  return app.request('GET', path, { token });
}

/** `count` requests, 50 a second, as the burst limit allows. */
async function readMany(token: string, count: number): Promise<TestAnswer[]> {
  const answers: TestAnswer[] = [];
  while (answers.length < count) {
    const wave = Math.min(50, count - answers.length);
    answers.push(...(await Promise.all(Array.from({ length: wave }, () => read(token)))));
    app.clock.advance(1_000);
  }
  return answers;
}

test('ARC-17 RATE-01 RATE-02 RATE-03 RATE-04 ERR-07 request 501 in a minute is refused, and admitted after Retry-After', async () => {
  const { token } = await freshShop();
  const answers = await readMany(token, 500);
  assert.deepEqual(
    answers.map((answer) => answer.status).filter((status) => status !== 200),
    [],
  );
  const refused = await read(token);
  assert.equal(refused.status, 429);
  assert.equal(refused.body.error.code, 'ERR_RATE_LIMIT');
  const seconds = Number(refused.headers['retry-after']);
  assert.ok(Number.isInteger(seconds) && seconds >= 1 && seconds <= 60);
  app.clock.advance(seconds * 1_000);
  assert.equal((await read(token)).status, 200);
});

test('RATE-09 fifty requests in a second pass, the next one is throttled for a second', async () => {
  const { token } = await freshShop();
  app.clock.advance(5_000);
  const answers = await Promise.all(Array.from({ length: 51 }, () => read(token)));
  const refused = answers.filter((answer) => answer.status === 429);
  assert.equal(refused.length, 1);
  assert.equal(refused[0]!.headers['retry-after'], '1');
  app.clock.advance(1_000);
  assert.equal((await read(token)).status, 200);
});

test('RATE-05 RATE-06 two credentials share the thousand of their organisation', async () => {
  const shop = await freshShop();
  const second = await app.tokenWith(shop, ['products:read']);
  const third = await app.tokenWith(shop, ['products:read']);
  await Promise.all([readMany(shop.token, 490), readMany(second, 490)]);
  const answers = await readMany(third, 40);
  assert.equal(answers.filter((answer) => answer.status === 200).length, 20);
  assert.match(answers.at(-1)!.body.error.message, /organisation/);
});

test('RATE-08 a limit of one endpoint holds by itself', async () => {
  const { token } = await freshShop();
  const statuses = [];
  for (let index = 0; index < 4; index++) statuses.push((await read(token, '/customers')).status);
  assert.deepEqual(statuses, [200, 200, 200, 429]);
  assert.equal((await read(token)).status, 200);
});

test('RATE-08 an operation that declares a limit keeps to it without any setting, also without a credential', async () => {
  app.clock.advance(120_000);
  const ask = () => app.request('POST', '/auth/password-reset', { body: { email: 'nobody@example.com' } });
  const statuses: number[] = [];
  for (let index = 0; index < 6; index++) statuses.push((await ask()).status);
  assert.deepEqual(statuses, [202, 202, 202, 202, 202, 429]);
});

test('RATE-10 five hundred at the end of a minute and five hundred after it are not admitted', async () => {
  const { token } = await freshShop();
  app.clock.advance(45_000);
  await readMany(token, 500);
  app.clock.advance(10_000);
  assert.equal((await read(token)).status, 429);
});

test('RATE-11 RATE-12 RATE-13 every answer tells limit, remaining and reset', async () => {
  const { token } = await freshShop();
  const remaining: number[] = [];
  for (let index = 0; index < 3; index++) {
    const { headers } = await read(token);
    assert.equal(headers['x-ratelimit-limit'], '500');
    assert.ok(Number(headers['x-ratelimit-reset']) >= app.clock.nowMs() / 1_000);
    remaining.push(Number(headers['x-ratelimit-remaining']));
  }
  assert.deepEqual(remaining, [remaining[0], remaining[0]! - 1, remaining[0]! - 2]);
  for (const path of ['/health', '/products', '/nowhere', '/openapi.json', '/docs']) {
    assert.ok((await app.request('GET', path)).headers['x-ratelimit-limit'], path);
  }
});

test('RATE-14 C-06 an anonymous address has thirty, also for failed credentials', async () => {
  app.clock.advance(120_000);
  const statuses: number[] = [];
  for (let index = 0; index < 31; index++) statuses.push((await read('wrong')).status);
  assert.equal(statuses.filter((status) => status === 401).length, 30);
  assert.equal(statuses.at(-1), 429);
});

test('C-06 a key from an address where it may not be used is counted like a stranger, and refused by the limit', async () => {
  const shop = await freshShop();
  const secret = await app.key(shop, { ipRanges: ['203.0.113.7'] });
  app.clock.advance(120_000);
  const statuses: number[] = [];
  for (let count = 0; count < 32; count++) statuses.push((await read(secret)).status);
  assert.deepEqual(statuses, [...Array(30).fill(403), 429, 429]);
});
