import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY_MS, HOUR_MS } from '#kernel/clock.ts';
import { statement } from '#kernel/database/statement.ts';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
before(async () => {
  app = await testApp();
});
after(() => app?.close());

async function caller(organization: TestOrganization) {
  const key = await app.key(organization);
  return (path: string) => app.request('GET', `/v1${path}`, { headers: { 'x-api-key': key } });
}

test('V1-115 V1-116 V1-117 V1-118 an enterprise reads how many requests it sent, failed, waited and had left, by the hour', async () => {
  const organization = await app.organization({ plan: 'enterprise' });
  const ask = await caller(organization);
  const begin = app.clock.now().toISOString();
  for (let count = 0; count < 6; count++) assert.equal((await ask('/users')).status, 200);
  for (let count = 0; count < 2; count++)
    assert.equal((await ask('/users/usr_01m85bzpp3e00a29fhn388ttx7')).status, 404);
  await app.request('GET', '/products', { token: organization.token });
  app.clock.advance(HOUR_MS);
  await ask('/users');

  const { status, body } = await ask('/metrics?edition=v1');
  assert.equal(status, 200);
  const { total, periods, interval, from } = body.data;
  assert.deepEqual([interval, from <= begin], ['hour', true]);
  assert.deepEqual([total.requests, total.errors.client, total.errors.server], [9, 2, 0]);
  assert.deepEqual([total.errors.client_rate, total.errors.server_rate], [2 / 9, 0]);
  const { p50, p90, p95, p99 } = total.latency;
  assert.ok(0 < p50 && p50 <= p90 && p90 <= p95 && p95 <= p99 && p99 < 30_000, `${p50} ${p90} ${p95} ${p99}`);
  assert.deepEqual([total.rate_limit.peak_used, total.rate_limit.peak_limit], [8, 1_000]);
  assert.deepEqual([total.rate_limit.peak_share, total.rate_limit.refused], [0.008, 0]);
  assert.deepEqual(
    periods.map((each: { requests: number }) => each.requests),
    [8, 1],
  );
  assert.equal(Date.parse(periods[1].start) - Date.parse(periods[0].start), HOUR_MS);

  const all = (await ask('/metrics?interval=day')).body.data;
  assert.equal(all.total.requests, 11, 'with the canonical edition, and the question before');
});

test('V1-118 V1-17 requests over the limit are counted as refused, and the limit as full', async () => {
  const organization = await app.organization({ plan: 'enterprise' });
  const limits = { request_limits: { per_minute: 5 } };
  await app.request('PATCH', `/organizations/${organization.id}`, { token: await app.platformToken(), body: limits });
  const ask = await caller(organization);
  const statuses: number[] = [];
  for (let count = 0; count < 8; count++) statuses.push((await ask('/users')).status);
  assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429, 429, 429]);
  app.clock.advance(61_000);
  const { total } = (await ask('/metrics?edition=v1')).body.data;
  assert.deepEqual([total.requests, total.errors.client, total.rate_limit.refused], [8, 3, 3]);
  assert.deepEqual([total.rate_limit.peak_used, total.rate_limit.peak_limit, total.rate_limit.peak_share], [5, 5, 1]);
});

test('V1-115 C-03 only an enterprise has metrics, of itself alone; bad spans are refused', async () => {
  const professional = await caller(await app.organization({ plan: 'pro' }));
  const refused = await professional('/metrics');
  assert.equal(refused.status, 403);
  assert.match(refused.body.error.message, /enterprise plan/);
  const busy = await caller(await app.organization({ plan: 'enterprise' }));
  await busy('/users');
  const quiet = await caller(await app.organization({ plan: 'enterprise' }));
  const { total, periods } = (await quiet('/metrics')).body.data;
  assert.deepEqual([total.requests, total.latency.p99, periods], [0, null, []]);
  const spans = [
    'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
    'from=2020-01-01T00:00:00Z',
    'interval=year',
    'from=x',
  ];
  for (const span of spans) assert.equal((await quiet(`/metrics?${span}`)).status, 422, span);
});

test('V1-115 V1-117 what is written later of an hour is added to it, as counts of other processes are', async () => {
  const organization = await app.organization({ plan: 'enterprise' });
  const ask = await caller(organization);
  await ask('/users');
  const { requests } = (await ask('/metrics?edition=v1')).body.data.total;
  assert.equal(requests, 1);
  const slow = {
    orgId: organization.id,
    livemode: true,
    edition: 'v1',
    outcome: 'server_error' as const,
    durationMs: 700,
  };
  app.platform.modules.usage.count({ ...slow, limit: { used: 9, of: 10 } });
  const { total } = (await ask('/metrics?edition=v1')).body.data;
  assert.deepEqual([total.requests, total.errors.server], [3, 1]);
  assert.ok(total.latency.p99 >= 700 && total.latency.p99 <= 770);
  assert.deepEqual([total.rate_limit.peak_used, total.rate_limit.peak_limit], [9, 10]);
  app.clock.advance(401 * DAY_MS);
  await ask('/metrics');
  await ask('/metrics');
  const hours = statement('select requests from usage.request_hours where org_id = $1', [organization.id]);
  const kept = await app.platform.runtime.kit('usage').database.read(organization.tenant, hours);
  assert.deepEqual(kept, [{ requests: 1 }], 'what is older than 400 days is gone');
});
