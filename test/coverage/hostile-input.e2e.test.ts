import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Operation } from '#kernel/http/operation.ts';
import { newId } from '#kernel/ids.ts';
import { type TestApp, type TestOrganization, testApp } from '../support/app.ts';
import { inputFields, withValue } from '../support/sample-input.ts';
import { idParameters, makeObjects, type Objects, pathWith } from './objects.ts';

let app: TestApp;
let organization: TestOrganization;
let objects: Objects;
let headers: Record<string, Record<string, string>>;
before(async () => {
  app = await testApp({ settings: { WEBHOOK_ALLOWED_PRIVATE_HOSTS: '127.0.0.1' } });
  organization = await app.organization({ plan: 'enterprise' });
  const limits = { request_limits: { per_minute: 1_000_000, per_day: 10_000_000 } };
  await app.request('PATCH', `/organizations/${organization.id}`, { token: await app.platformToken(), body: limits });
  objects = await makeObjects(app, organization);
  headers = {
    canonical: { authorization: `Bearer ${organization.token}` },
    v1: { 'x-api-key': await app.key(organization) },
    v2: { authorization: `Bearer ${await app.key(organization, { edition: 'v2', family: 'tc_live_sk' })}` },
  };
});
after(() => app?.close());

const TEXTS = [
  'a\u0000b',
  '\ud800',
  'x'.repeat(9_000),
  '\u202e\u0007\u001b[31m',
  "'; drop table x; --",
  '%00%ff',
  '../../etc/passwd',
  '-1',
  '1e309',
  '9007199254740993',
  '9999-12-31T23:59:59.999Z',
  '-271821-04-20T00:00:00.000Z',
  '0001-01-01T00:00:00Z',
  '00000000-0000-0000-0000-000000000000',
  'ord_7zzzzzzzzzzzzzzzzzzzzzzzzz',
];
const VALUES: unknown[] = [
  ...TEXTS,
  null,
  true,
  -1,
  0.1,
  1e308,
  2 ** 53,
  [],
  {},
  [[[[[[]]]]]],
  { ['__proto__']: 1, constructor: { prototype: {} } },
  Array.from({ length: 2_000 }, (_, index) => index),
];
/** Each field gets some of the values, another field the next ones, so that every kind meets all of them. */
const PER_FIELD = 6;

/** Whatever is sent, an answer is given that is no fault of ours, and the requests after it are answered as before. */
async function findFaults(edition: string, operation: Operation, turn: { next: number }): Promise<string[]> {
  const faults: string[] = [];
  const path = pathWith(operation, (prefix) => objects.get(prefix) ?? newId(prefix));
  const ask = async (what: string, target: string, body?: unknown) => {
    const answer = await app.request(operation.method, target, { headers: headers[edition], body });
    if (answer.status >= 500) faults.push(`${operation.id} ${what}: ${answer.status} ${JSON.stringify(answer.body)}`);
  };
  const some = <Value>(values: readonly Value[]): Value[] =>
    Array.from({ length: PER_FIELD }, () => values[turn.next++ % values.length]!);
  for (const { keys, path: field, base } of inputFields(operation.body ?? {})) {
    for (const value of some(VALUES)) {
      await ask(`body.${field} = ${String(JSON.stringify(value)).slice(0, 60)}`, path, withValue(base, keys, value));
    }
  }
  for (const { path: field } of inputFields(operation.query ?? {})) {
    for (const value of some(TEXTS)) {
      const sent = encodeURIComponent(value.toWellFormed().slice(0, 4_000));
      await ask(`query.${field} = ${JSON.stringify(value).slice(0, 60)}`, `${path}?${field}=${sent}`);
    }
  }
  if (idParameters(operation).size > 0) {
    for (const value of some(TEXTS)) {
      const odd = encodeURIComponent(value.toWellFormed().slice(0, 400));
      await ask(`path = ${JSON.stringify(value).slice(0, 60)}`, operation.path.replaceAll(/:\w+/g, odd));
    }
  }
  return faults;
}

test('no operation of any edition fails by what is sent to it, however odd', async () => {
  const faults: string[] = [];
  const turn = { next: 0 };
  for (const { name, operations } of app.editions) {
    for (const operation of operations) {
      // Files have tests of their own; what is deleted here would be missed by the operations after.
      if (operation.upload || operation.method === 'DELETE' || !('scope' in operation.access)) continue;
      faults.push(...(await findFaults(name, operation, turn)));
    }
  }
  assert.deepEqual(faults, []);
  assert.ok(turn.next > 2_000, `only ${turn.next} values were sent`);
});
