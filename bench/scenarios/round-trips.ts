import { type CountingProxy, startCountingProxy, type Traffic } from '../recording/counting-proxy.ts';
import type { Api } from '../support/api.ts';
import { median } from '../support/rounds.ts';
import type { Scenario } from '../support/scenario.ts';
import { startSecondServer } from '../support/second-server.ts';
import { makeOrderParts, orderBody } from '../support/seed.ts';
import type { ResultRow } from '../support/table.ts';

const REPEATED = 21;

/**
 * How often a request waits for PostgreSQL. A second server with the same keys works on the same database through a
 * proxy that counts; requests come one by one, so what passes in between belongs to them.
 */
export const roundTrips: Scenario = async (bench) => {
  const { host, port } = bench.database;
  const proxy = await startCountingProxy({ host, port });
  const { api, stop } = await startSecondServer(bench, proxy.port);
  try {
    const user = await api.call<{ id: string }>('POST', '/users', {
      name: 'Counted Person',
      email: `counted-${Date.now()}@example.com`,
      role: 'member',
    });
    const parts = await makeOrderParts(api);
    const read = await countOf(proxy, () => api.call('GET', `/users/${user.id}`));
    const order = await countOf(proxy, (turn) => placeOrder(api, orderBody(parts, turn), turn));
    return [rowOf('round trips of GET /users/:id', read, 1), rowOf('round trips of POST /orders', order, 3)];
  } finally {
    await stop();
    proxy.close();
  }
};

function placeOrder(api: Api, body: unknown, turn: number): Promise<unknown> {
  return api.call('POST', '/orders', body, { 'idempotency-key': `counted-${Date.now()}-${turn}` });
}

/** The median of some requests: now and then the machinery uses a module's connection in the same moment. */
async function countOf(proxy: CountingProxy, request: (turn: number) => Promise<unknown>): Promise<Traffic> {
  const counted: Traffic[] = [];
  const isModule = (name: string) => name.startsWith('techcorp ') && !/relay|audit|webhooks/.test(name);
  // The first ones open connections and prepare statements.
  for (let turn = 0; turn < REPEATED + 5; turn++) {
    proxy.take(isModule);
    await request(turn);
    counted.push(proxy.take(isModule));
  }
  return median(counted.slice(5), (traffic) => traffic.roundTrips);
}

function rowOf(work: string, traffic: Traffic, most: number): ResultRow {
  return {
    work,
    baseline: '–',
    ours: String(traffic.roundTrips),
    ratio: '–',
    goal: `≤ ${most}`,
    met: traffic.roundTrips <= most,
    notes: [`${traffic.statements} statements`],
  };
}
