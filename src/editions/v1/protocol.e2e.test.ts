import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DomainError, type ErrorKind } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { type TestAnswer, type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';
import { renderError } from './render.ts';

let app: TestApp;
let shop: TestOrganization;
let key: string;
before(async () => {
  app = await testApp();
  shop = await app.organization();
  key = await app.key(shop);
});
after(() => app?.close());

function send(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  raw?: Buffer | string,
) {
  return app.request(method, `/v1${path}`, { body, raw, headers: { 'x-api-key': key, ...headers } });
}

function expectRefusal(answer: TestAnswer, status: number, code: string): void {
  assert.deepEqual([answer.status, answer.body.error.code], [status, code], JSON.stringify(answer.body));
  assert.doesNotMatch(JSON.stringify(answer.body), /\bat \w+ \(|select |insert into|\.ts:/);
}

const json = { 'content-type': 'application/json' };

test('V1-41 V1-42 V1-43 V1-44 sizes: body 413, URL 414, headers 431, query parameters 400', async () => {
  expectRefusal(
    await send('POST', '/users', undefined, json, Buffer.alloc(11 * 1024 * 1024, 32)),
    413,
    'PAYLOAD_TOO_LARGE',
  );
  expectRefusal(await send('GET', `/users?email=${'x'.repeat(9 * 1024)}`), 414, 'PAYLOAD_TOO_LARGE');
  const padding = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`x-pad-${index}`, 'y'.repeat(7_500)]));
  expectRefusal(await send('GET', '/users', undefined, padding), 431, 'PAYLOAD_TOO_LARGE');
  const query = Array.from({ length: 51 }, (_, index) => `p${index}=1`).join('&');
  expectRefusal(await send('GET', `/users?${query}`), 400, 'VALIDATION_ERROR');
});

test('V1-15 V1-66 V1-75 bodies are JSON: a wrong or missing type is 415, what cannot be read 400', async () => {
  const user = JSON.stringify({ name: 'Ada', email: 'typed@example.com' });
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'text/xml']) {
    expectRefusal(
      await send('POST', '/users', undefined, { 'content-type': type }, user),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    );
  }
  expectRefusal(await send('POST', '/users', undefined, {}, user), 415, 'UNSUPPORTED_MEDIA_TYPE');
  for (const raw of ['{"name":', '[1,', 'nonsense']) {
    expectRefusal(await send('POST', '/users', undefined, json, raw), 400, 'VALIDATION_ERROR');
  }
  const made = await send('POST', '/users', undefined, json, user);
  assert.deepEqual([made.status, made.headers['content-type']], [201, 'application/json; charset=utf-8']);
});

test('V1-67 Accept may be left out or be anything: the answer is JSON', async () => {
  for (const accept of ['application/json', '*/*', 'text/html']) {
    const { status, headers } = await send('GET', '/users', undefined, { accept });
    assert.deepEqual([status, headers['content-type']], [200, 'application/json; charset=utf-8']);
  }
});

test('V1-68 V1-69 the request id is the one that was sent, or a new one, and stands in the log', async () => {
  const given = await send('GET', '/users', undefined, { 'x-request-id': 'my-request-1' });
  assert.equal(given.headers['x-request-id'], 'my-request-1');
  const ids = [await send('GET', '/users'), await send('GET', `/users/${newId('usr')}`)].map(
    ({ headers }) => headers['x-request-id']!,
  );
  assert.equal(new Set(ids).size, 2);
  for (const id of [...ids, 'my-request-1'])
    assert.ok(
      app.logLines.some((line) => line.includes(id)),
      id,
    );
});

test('V1-109 no parameter of a URL is made for a secret or personal data, and no log line holds a URL', async () => {
  const sensitive = /pass|secret|token|key|card|mail|phone|address|name|birth|iban|tax/i;
  let looked = 0;
  for (const { name, operations } of app.editions.filter(({ prefix }) => prefix !== '')) {
    for (const { id, params, query } of operations) {
      const names = [params, query].flatMap((shape) => Object.keys(shape?.properties ?? {}));
      looked += names.length;
      assert.deepEqual(
        names.filter((each) => sensitive.test(each)),
        [],
        `${name}: ${id}`,
      );
    }
  }
  assert.ok(looked > 50);
  const from = app.logLines.length;
  const secret = await app.key(shop);
  for (const path of ['/users?status=active&limit=77', `/users?api_key=${secret}`, '/users/ada@example.com']) {
    await send('GET', path);
  }
  const lines = app.logLines.slice(from);
  assert.ok(lines.filter((line) => line.includes('v1.users.')).length >= 2, 'the requests are in the log');
  for (const text of ['limit=77', secret, 'ada@example.com']) {
    assert.deepEqual(
      lines.filter((line) => line.includes(text)),
      [],
      text,
    );
  }
});

test('V1-129 every refusal has what support asks for: request id and time with its zone', async () => {
  const { body, headers } = await send('GET', `/users/${newId('usr')}`);
  assert.equal(body.error.request_id, headers['x-request-id']);
  assert.match(body.error.timestamp, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test('V1-14 V1-78 V1-89 C-26 a missing object, one of another organisation and a wrong id are the same 404', async () => {
  const other = await app.organization();
  const body = { name: 'Ada', email: 'foreign@example.com' };
  const { id } = (await app.request('POST', '/users', { token: other.token, body })).body;
  for (const path of [`/users/${id}`, `/users/${newId('usr')}`, '/users/nonsense', '/users/ord_1', '/nowhere']) {
    expectRefusal(await send('GET', path), 404, 'RESOURCE_NOT_FOUND');
  }
});

test('V1-39 V1-36 V1-40 V1-81 V1-90 Standard: 100 a minute over all keys of the organisation, then 429', async () => {
  const organization = await app.organization({ plan: 'starter' });
  const keys = [await app.key(organization), await app.key(organization)];
  const ask = (index: number) => app.request('GET', '/v1/users', { headers: { 'x-api-key': keys[index % 2]! } });
  const first = await ask(0);
  assert.deepEqual([first.headers['x-ratelimit-limit'], first.headers['x-ratelimit-remaining']], ['100', '99']);
  for (let index = 1; index < 100; index++) assert.equal((await ask(index)).status, 200);
  const refused = await ask(0);
  expectRefusal(refused, 429, 'RATE_LIMIT_EXCEEDED');
  const wait = Number(refused.headers['retry-after']);
  const reset = Number(refused.headers['x-ratelimit-reset']);
  assert.ok(wait >= 1 && wait <= 60 && Number.isInteger(reset));
  assert.ok(reset >= app.clock.nowMs() / 1_000 && reset <= app.clock.nowMs() / 1_000 + 61);
  app.clock.advance(wait * 1_000);
  assert.equal((await ask(0)).status, 200);
});

test('C-03 requests to this edition are counted in its own bucket: the canonical ones stay full', async () => {
  const organization = await app.organization({ plan: 'free' });
  const secret = await app.key(organization);
  const v1 = () => app.request('GET', '/v1/users', { headers: { 'x-api-key': secret } });
  for (let index = 0; index < 101; index++) await v1();
  assert.equal((await v1()).status, 429);
  assert.equal((await app.request('GET', '/users', { token: secret })).status, 200);
});

test('V1-37 Professional: 1,000 a minute', async () => {
  const secret = await app.key(await app.organization({ plan: 'pro' }));
  const ask = () => app.request('GET', '/v1/keys/current', { headers: { 'x-api-key': secret } });
  let admitted = 0;
  for (let wave = 0; wave < 21; wave++) {
    const answers = await Promise.all(Array.from({ length: 50 }, ask));
    admitted += answers.filter(({ status }) => status === 200).length;
  }
  assert.equal(admitted, 1_000);
});

test('V1-38 Enterprise: what was agreed on with the organisation', async () => {
  const organization = await app.organization({ plan: 'enterprise' });
  const secret = await app.key(organization);
  const ask = () => app.request('GET', '/v1/users', { headers: { 'x-api-key': secret } });
  await ask();
  const token = await app.platformToken();
  const limits = { request_limits: { per_minute: 2_500 } };
  const changed = await app.request('PATCH', `/organizations/${organization.id}`, { token, body: limits });
  assert.equal(changed.body.request_limits.per_minute, 2_500);
  assert.equal((await ask()).headers['x-ratelimit-limit'], '2500');
});

test('RATE-16 RATE-17 a batch costs its items in its own bucket and nothing of the others', async () => {
  const organization = await app.organization({ plan: 'free' });
  const secret = await app.key(organization);
  const headers = { 'x-api-key': secret };
  const users = Array.from({ length: 40 }, (_, index) => ({ name: 'A', email: `b${index}@example.com` }));
  const before = Number((await app.request('GET', '/v1/users', { headers })).headers['x-ratelimit-remaining']);
  const batch = await app.request('POST', '/v1/users/batch', { headers, body: { users } });
  const limit = Number(batch.headers['x-ratelimit-limit']);
  assert.equal(Number(batch.headers['x-ratelimit-remaining']), limit - 40);
  const after = Number((await app.request('GET', '/v1/users', { headers })).headers['x-ratelimit-remaining']);
  assert.equal(after, before - 1);
});

test('V1-71 V1-82 V1-83 V1-84 V1-85 V1-92 every kind of refusal has the status and code of table B3', () => {
  const expected: Record<ErrorKind, [number, string]> = {
    bad_request: [400, 'VALIDATION_ERROR'],
    validation: [422, 'VALIDATION_ERROR'],
    unauthenticated: [401, 'AUTHENTICATION_FAILED'],
    payment_failed: [402, 'PAYMENT_FAILED'],
    insufficient_funds: [402, 'PAYMENT_FAILED'],
    forbidden: [403, 'PERMISSION_DENIED'],
    not_found: [404, 'RESOURCE_NOT_FOUND'],
    method_not_allowed: [405, 'METHOD_NOT_ALLOWED'],
    duplicate: [409, 'CONFLICT'],
    invalid_state: [409, 'CONFLICT'],
    insufficient_stock: [409, 'CONFLICT'],
    idempotency_mismatch: [422, 'VALIDATION_ERROR'],
    idempotency_running: [409, 'CONFLICT'],
    gone: [404, 'RESOURCE_NOT_FOUND'],
    precondition_failed: [412, 'PRECONDITION_FAILED'],
    payload_too_large: [413, 'PAYLOAD_TOO_LARGE'],
    uri_too_long: [414, 'PAYLOAD_TOO_LARGE'],
    headers_too_large: [431, 'PAYLOAD_TOO_LARGE'],
    unsupported_media_type: [415, 'UNSUPPORTED_MEDIA_TYPE'],
    resource_locked: [409, 'CONFLICT'],
    rate_limited: [429, 'RATE_LIMIT_EXCEEDED'],
    internal: [500, 'INTERNAL_ERROR'],
    upstream: [502, 'BAD_GATEWAY'],
    unavailable: [503, 'SERVICE_UNAVAILABLE'],
    timeout: [504, 'GATEWAY_TIMEOUT'],
  };
  for (const [kind, [status, code]] of Object.entries(expected) as [ErrorKind, [number, string]][]) {
    const answer = renderError(new DomainError(kind, 'words'), 'req_1', new Date(0));
    const { error } = answer.body as { error: { code: string; message: string } };
    assert.deepEqual([answer.status, error.code, error.message], [status, code, 'words'], kind);
  }
  const fault = renderError(new Error('password is secret'), 'req_1', new Date(0));
  assert.equal(fault.status, 500);
  assert.doesNotMatch(JSON.stringify(fault.body), /secret/);
});

test('RATE-16 a batch whose body is refused has cost one item, so that nobody sends such bodies without limit', async () => {
  const headers = { 'x-api-key': await app.key(shop), 'content-type': 'application/json' };
  const remaining = async (raw: string) => {
    const answer = await app.request('POST', '/v1/users/batch', { headers, raw });
    assert.ok(answer.status >= 400 && answer.status < 500, JSON.stringify(answer.body));
    return Number(answer.headers['x-ratelimit-remaining']);
  };
  const first = await remaining('{"users":[]}');
  assert.deepEqual([await remaining('{"users":"x"}'), await remaining('{"users":')], [first - 1, first - 2]);
});
