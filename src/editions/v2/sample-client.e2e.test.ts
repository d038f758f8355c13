import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type V2UnderTest, v2UnderTest } from './v2-under-test.ts';

/** The retry function as the reference of /v2 prints it, letter by letter. */
const PRINTED = `
async function apiRequest(url, options, retries = 3) {
  const response = await fetch(url, options);

  if (response.status === 429) {
    const resetAt = parseInt(response.headers.get('X-RateLimit-Reset'), 10);
    const waitMs = (resetAt * 1000) - Date.now() + 100; // +100ms buffer
    await new Promise(resolve => setTimeout(resolve, waitMs));
    return apiRequest(url, options, retries - 1);
  }

  return response;
}
`;

let v2: V2UnderTest;
before(async () => {
  v2 = await v2UnderTest();
});
after(() => v2?.app.close());

test('V2-14 V2-18 V2-19 V2-20 V2-21 V2-86 V2-103 the printed client waits out its limit, and the headers tell the truth', async () => {
  const free = await v2.app.organization({ plan: 'free' });
  const keys = [1, 2].map(() => v2.app.key(free, { edition: 'v2', family: 'tc_live_sk' }));
  const [key, other] = await Promise.all(keys);
  const url = `${v2.app.baseUrl}/v2/products`;
  const options = { headers: { authorization: `Bearer ${key}` } };
  const waits: number[] = [];
  // The printed text in a world whose clock is the test's: waiting moves it.
  const world = {
    fetch,
    Date: { now: () => v2.app.clock.nowMs() },
    setTimeout(resolve: () => void, waitMs: number) {
      waits.push(waitMs);
      v2.app.clock.advance(waitMs);
      setImmediate(resolve);
    },
  };
  const apiRequest = new Function(...Object.keys(world), `${PRINTED} return apiRequest;`)(...Object.values(world));

  for (let sent = 1; sent <= 60; sent++) {
    const { status, headers } = (await apiRequest(url, options)) as Response;
    const told = ['limit', 'remaining', 'window'].map((name) => headers.get(`x-ratelimit-${name}`));
    assert.deepEqual([status, ...told], [200, '60', String(60 - sent), '60']);
  }
  const refused = await fetch(url, { headers: { authorization: `Bearer ${other}` } });
  assert.equal(refused.status, 429, 'the limit is the account’s, whichever key asks');
  assert.equal(((await refused.json()) as { error: { code: string } }).error.code, 'RATE_LIMITED');
  const reset = Number(refused.headers.get('x-ratelimit-reset'));
  const nowSeconds = v2.app.clock.nowMs() / 1_000;
  assert.ok(reset > nowSeconds && reset <= nowSeconds + 61, 'seconds, not milliseconds');
  assert.equal(((await apiRequest(url, options)) as Response).status, 200);
  assert.equal(waits.length, 1, 'one wait was enough');
});

test('V2-15 V2-16 V2-17 the limits of the other plans, and those that were agreed on', async () => {
  const limitOf = async (plan: 'starter' | 'pro' | 'enterprise', agreed?: object) => {
    const organization = await v2.app.organization({ plan });
    if (agreed) {
      const token = await platformToken();
      const path = `/organizations/${organization.id}`;
      const answer = await v2.app.request('PATCH', path, { token, body: { request_limits: agreed } });
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
    }
    const key = await v2.app.key(organization, { edition: 'v2', family: 'tc_live_sk' });
    const { headers } = await v2.app.request('GET', '/v2/products', { token: key });
    return Number(headers['x-ratelimit-limit']);
  };
  assert.equal(await limitOf('starter'), 300);
  assert.equal(await limitOf('pro'), 1_000);
  assert.equal(await limitOf('enterprise', { per_minute: 7_777 }), 7_777);
});

let token: Promise<string> | undefined;
function platformToken(): Promise<string> {
  token ??= v2.app.platformToken();
  return token;
}
