import { requestText } from '../load/load-order.ts';
import { startHelper } from '../support/child.ts';
import { type Contender, loadDuel, ratioRow } from '../support/measure.ts';
import type { Bench, Scenario } from '../support/scenario.ts';

const USERS = 50;

/** A read that asks PostgreSQL under row-level security and unseals, against `node:http` with one prepared SELECT. */
export const user: Scenario = async (bench) => {
  const ours = await userContender(bench);
  const answer = await fetch(`${bench.api.baseUrl}${ours.path}`, { headers: bench.api.headers });
  const headers = Object.fromEntries(answer.headers);
  for (const name of ['connection', 'keep-alive', 'date', 'content-length']) delete headers[name];
  const { host, port: databasePort, user: name, database } = bench.database;
  const helper = startHelper('baselines/user-select.ts');
  try {
    const connection = { host, port: databasePort, user: name, database };
    const { port } = await helper.ask<{ port: number }>({ connection, headers });
    const baseline = { ...ours, processId: helper.processId, port };
    const result = await loadDuel(bench.load, bench.options, { baseline, ours });
    return [ratioRow('GET /users/:id, one SELECT, against node:http + pg', result, 0.6, [])];
  } finally {
    helper.stop();
  }
};

/** Reads of some users in turn. */
export async function userContender(bench: Bench): Promise<Contender & { path: string }> {
  const ids: string[] = [];
  for (let index = 0; index < USERS; index++) {
    const body = { name: `Bench Person ${index}`, email: `person-${index}-${Date.now()}@example.com`, role: 'member' };
    ids.push((await bench.api.call<{ id: string }>('POST', '/users', body)).id);
  }
  return {
    path: `/users/${ids[0]}`,
    processId: bench.server.processId,
    port: bench.api.port,
    requests: ids.map((id) => requestText('GET', `/users/${id}`, bench.api.headers)),
    expected: [200],
  };
}
