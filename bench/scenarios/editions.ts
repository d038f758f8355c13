import { requestText } from '../load/load-order.ts';
import { type Contender, loadDuel, ratioRow } from '../support/measure.ts';
import type { Bench, Scenario } from '../support/scenario.ts';

const USERS = 50;
/** An edition may cost at most 1.1 times what the canonical edition does. */
const GOAL = 1 / 1.1;

/**
 * The same read of the same users through another edition with a warm API key, against the canonical edition with a JWT:
 * what translation, the check of a key and limits by plan cost.
 */
export const editions: Scenario = async (bench) => {
  const ids = await makeUsers(bench);
  const limits = { request_limits: { per_minute: 1_000_000_000, per_day: 1_000_000_000 } };
  await bench.platform.call('PATCH', `/organizations/${bench.api.organizationId}`, limits);
  const { secret } = await bench.api.call<{ secret: string }>('POST', '/api-keys', {
    name: 'bench',
    scopes: ['users:read', 'users:write'],
  });
  const canonical = contender(bench, ids, '/users', bench.api.headers);
  const rows = [];
  for (const [name, baseline, ours] of [
    ['GET /users/:id with an API key, against a JWT', canonical, contender(bench, ids, '/users', bearer(secret))],
    [
      'GET /v1/users/:id, against GET /users/:id',
      canonical,
      contender(bench, ids, '/v1/users', { 'x-api-key': secret }),
    ],
  ] as const) {
    rows.push(ratioRow(name, await loadDuel(bench.load, bench.options, { baseline, ours }), GOAL, []));
  }
  return rows;
};

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

async function makeUsers(bench: Bench): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < USERS; index++) {
    const body = { name: `Edition Person ${index}`, email: `edition-${index}-${Date.now()}@example.com` };
    ids.push((await bench.api.call<{ id: string }>('POST', '/users', body)).id);
  }
  return ids;
}

function contender(bench: Bench, ids: readonly string[], path: string, headers: Record<string, string>): Contender {
  return {
    processId: bench.server.processId,
    port: bench.api.port,
    requests: ids.map((id) => requestText('GET', `${path}/${id}`, headers)),
    expected: [200],
  };
}
