import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { DomainError, ERROR_CATALOGUE, type ErrorKind } from '#kernel/errors.ts';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';
import { renderError as renderCanonical } from '../editions/canonical/render.ts';
import { renderError as renderV1 } from '../editions/v1/render.ts';

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  app = await testApp();
  shop = await app.organization();
});
after(() => app?.close());

const KINDS = Object.keys(ERROR_CATALOGUE) as ErrorKind[];

function assertTold(error: { message?: unknown; request_id?: unknown }, about: string): void {
  assert.equal(typeof error.message, 'string', about);
  // Words for people, not a code or the name of a class.
  assert.match(error.message as string, /^\p{Lu}\S* .+/su, about);
  assert.match(String(error.request_id), /^[A-Za-z0-9._:-]{1,128}$/, about);
  assert.doesNotMatch(error.message as string, /\bat .*:\d+:\d+|node_modules|select |Error:/, about);
}

test('ERR-12 ERR-13 every kind of error, and every fault of ours, is told with a message and the request id', () => {
  const render = {
    canonical: (error: unknown) => renderCanonical(error, 'req_1').body,
    v1: (error: unknown) => renderV1(error, 'req_1', new Date()).body,
  };
  for (const [edition, rendered] of Object.entries(render)) {
    for (const kind of KINDS) {
      const { error } = rendered(new DomainError(kind, ERROR_CATALOGUE[kind].fix)) as never as { error: object };
      assertTold(error, `${edition} ${kind}`);
    }
    for (const fault of [new TypeError('x is undefined at src/secret.ts:1:1'), 'a text', null, undefined]) {
      const { error } = rendered(fault) as never as { error: { message: string } };
      assertTold(error, `${edition} ${String(fault)}`);
      assert.doesNotMatch(error.message, /undefined|secret/);
    }
  }
});

test('ERR-14 every code is ERR_ and capitals, and on all routes a code comes with the statuses of the catalogue alone', () => {
  const statuses = new Map<string, Set<string>>();
  for (const { code, status } of Object.values(ERROR_CATALOGUE)) {
    assert.match(code, /^ERR_[A-Z_]+$/);
    statuses.set(code, (statuses.get(code) ?? new Set()).add(String(status)));
  }
  const { openapi } = app.editions.find(({ prefix }) => prefix === '')!;
  const paths = openapi.paths as Record<string, Record<string, { responses: Record<string, { description: string }> }>>;
  let pairs = 0;
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, { responses }] of Object.entries(operations)) {
      for (const [status, { description }] of Object.entries(responses)) {
        for (const [code] of Number(status) < 400 ? [] : description.matchAll(/ERR_[A-Z_]+/g)) {
          pairs++;
          assert.ok(statuses.get(code)?.has(status), `${method} ${path}: ${status} ${code}`);
        }
      }
    }
  }
  assert.ok(pairs > 1_000, `only ${pairs} pairs were looked at`);
});

test('ERR-12 ERR-13 so are the refusals of every stage of a request', async () => {
  const { token } = shop;
  const json = { 'content-type': 'application/json' };
  const product = '/products/prd_01m85bzpp3e00a29fhn388ttwp';
  const refused: [number, string, string, Parameters<TestApp['request']>[2]?][] = [
    [401, 'GET', '/products'],
    [401, 'GET', '/products', { token: 'nonsense' }],
    [401, 'GET', '/nowhere'],
    [403, 'PUT', '/admin/log-levels', { token, body: {} }],
    [404, 'GET', '/nowhere', { token }],
    [404, 'GET', product, { token }],
    [405, 'PUT', '/products', { token, body: {} }],
    [400, 'POST', '/products', { token, raw: '{"name":', headers: json }],
    [415, 'POST', '/products', { token, raw: '<a/>', headers: { 'content-type': 'application/xml' } }],
    [413, 'POST', '/products', { token, raw: `"${'x'.repeat(11 * 1024 * 1024)}"`, headers: json }],
    [414, 'GET', `/products?name=${'x'.repeat(9_000)}`, { token }],
    [422, 'POST', '/products', { token, body: {} }],
    [400, 'GET', '/products?limit=-1', { token }],
    [400, 'GET', '/products?cursor=forged', { token }],
  ];
  for (const [status, method, path, options] of refused) {
    const about = `${method} ${path.slice(0, 40)}`;
    const answer = await app.request(method, path, options);
    if (about.includes('log-levels')) assert.ok([403, 404, 405].includes(answer.status));
    else assert.equal(answer.status, status, `${about}: ${JSON.stringify(answer.body)}`);
    assertTold(answer.body.error, about);
    assert.equal(answer.headers['x-request-id'], answer.body.error.request_id, about);
  }
});

test('ERR-12 ERR-13 even what is not HTTP at all gets a message and an id', async () => {
  for (const bytes of ['NONSENSE\r\n\r\n', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`]) {
    const socket = connect(Number(new URL(app.baseUrl).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => undefined);
    socket.write(bytes);
    await once(socket, 'close');
    const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
    assertTold(JSON.parse(body).error, bytes.slice(0, 20));
  }
});
