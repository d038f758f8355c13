import { requestText } from '../load/load-order.ts';
import { type Contender, loadDuel, ratioRow } from '../support/measure.ts';
import type { Bench, Scenario } from '../support/scenario.ts';

const USERS = 50;
const BODIES = 10;
/** An edition may cost at most 1.1 times what the canonical edition does. */
const GOAL = 1 / 1.1;

type Headers = Record<string, string>;

/**
 * The same work through another edition with a warm API key, against the canonical edition with a JWT: what translation,
 * the check of a key and limits by plan cost. Reads of one user, a page of users with its count, and a new product, which
 * has no stock, because opening stock is a second piece of work that `POST /products` does not do.
 */
export const editions: Scenario = async (bench) => {
  const ids = await makeUsers(bench);
  const limits = { request_limits: { per_minute: 1_000_000_000, per_day: 1_000_000_000 } };
  await bench.platform.call('PATCH', `/organizations/${bench.api.organizationId}`, limits);
  const scopes = ['users:read', 'users:write', 'products:read', 'products:write'];
  const keyOf = async (more: object) =>
    (await bench.api.call<{ secret: string }>('POST', '/api-keys', { name: 'bench', scopes, ...more })).secret;
  const [secret, v2Secret] = [await keyOf({}), await keyOf({ edition: 'v2', type: 'live' })];
  const [key, v1, v2] = [bearer(secret), { 'x-api-key': secret }, bearer(v2Secret)];
  const { headers } = bench.api;

  const user = (path: string, sent: Headers) =>
    contender(
      bench,
      ids.map((id) => requestText('GET', `${path}/${id}`, sent)),
    );
  const page = (path: string, sent: Headers) => contender(bench, [requestText('GET', path, sent)]);
  const product = (path: string, sent: Headers, body: object) => {
    const bodies = Array.from({ length: BODIES }, (_, index) => ({ name: `Edition ${index}`, ...body }));
    return contender(
      bench,
      bodies.map((each) => requestText('POST', path, sent, each)),
      201,
    );
  };
  const [readUser, readPage] = [user('/users', headers), page('/users?limit=20&include=total_count', headers)];
  const canonicalProduct = { description: 'Edition', price: 1999, currency: 'USD', category: 'software', active: true };
  const v2Product = { description: 'Edition', price: 19.99, currency: 'USD', category: 'software' };

  const duels: [string, Contender, Contender][] = [
    ['GET /users/:id with an API key, against a JWT', readUser, user('/users', key)],
    ['GET /v1/users/:id, against GET /users/:id', readUser, user('/v1/users', v1)],
    ['GET /v2/users/:id, against GET /users/:id', readUser, user('/v2/users', v2)],
    ['GET /v1/users, a page and its count, against GET /users', readPage, page('/v1/users?limit=20', v1)],
    ['GET /v2/users, a page and its count, against GET /users', readPage, page('/v2/users?limit=20', v2)],
    [
      'POST /v2/products, against POST /products',
      product('/products', headers, canonicalProduct),
      product('/v2/products', v2, v2Product),
    ],
  ];
  const rows = [];
  for (const [name, baseline, ours] of duels) {
    rows.push(ratioRow(name, await loadDuel(bench.load, bench.options, { baseline, ours }), GOAL, []));
  }
  return rows;
};

const bearer = (secret: string): Headers => ({ authorization: `Bearer ${secret}` });

async function makeUsers(bench: Bench): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < USERS; index++) {
    const body = { name: `Edition Person ${index}`, email: `edition-${index}-${Date.now()}@example.com` };
    ids.push((await bench.api.call<{ id: string }>('POST', '/users', body)).id);
  }
  return ids;
}

function contender({ server, api }: Bench, requests: string[], status = 200): Contender {
  return { processId: server.processId, port: api.port, requests, expected: [status] };
}
