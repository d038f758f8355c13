import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { percentile } from '../support/rounds.ts';
import type { Bench, Scenario } from '../support/scenario.ts';
import { makeOrderParts, orderBody } from '../support/seed.ts';
import { milliseconds } from '../support/table.ts';

const GOAL_MS = 100;
const PAUSE_MS = 40;
const PATIENCE_MS = 10_000;

const certificate = (name: string) =>
  readFileSync(new URL(`../../test/support/certificates/${name}.pem`, import.meta.url));

/** When each order's webhook arrived, by the id of the order. */
type Arrivals = Map<string, number>;

/**
 * From the event to its webhook at an HTTPS endpoint of our own, at a gentle rate. The time counts from `occurred_at`,
 * which lies before the commit, so the truth is a little better.
 */
export const webhook: Scenario = async (bench) => {
  const arrivals: Arrivals = new Map();
  const receiver = await startReceiver(arrivals);
  const { port } = receiver.address() as AddressInfo;
  const body = { url: `https://127.0.0.1:${port}/hook`, events: ['order.created'] };
  const endpoint = await bench.api.call<{ id: string }>('POST', '/webhooks', body);
  try {
    const ids = await placeOrders(bench);
    await allArrived(arrivals, ids);
    return [resultOf(await latencies(bench, arrivals, ids))];
  } finally {
    await bench.api.call('DELETE', `/webhooks/${endpoint.id}`);
    receiver.closeAllConnections();
    receiver.close();
  }
};

async function startReceiver(arrivals: Arrivals): Promise<Server> {
  const server = createServer({ key: certificate('server-key'), cert: certificate('server') }, (request, response) => {
    const arrivedMs = Date.now();
    let text = '';
    request.setEncoding('utf8').on('data', (piece) => {
      text += piece;
    });
    request.on('end', () => {
      response.writeHead(204).end();
      const id = /"(ord_[0-9a-z]{26})"/.exec(text)?.[1];
      if (id && !arrivals.has(id)) arrivals.set(id, arrivedMs);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function placeOrders({ api, options }: Bench): Promise<string[]> {
  const parts = await makeOrderParts(api);
  const ids: string[] = [];
  for (let turn = 0; turn < options.webhookOrders; turn++) {
    const headers = { 'idempotency-key': `webhook-${Date.now()}-${turn}` };
    ids.push((await api.call<{ id: string }>('POST', '/orders', orderBody(parts, turn), headers)).id);
    await delay(PAUSE_MS);
  }
  return ids;
}

async function allArrived(arrivals: Arrivals, ids: readonly string[]): Promise<void> {
  const missing = () => ids.filter((id) => !arrivals.has(id)).length;
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline && missing() > 0; ) await delay(20);
  if (missing() > 0) throw new Error(`${missing()} of ${ids.length} webhooks did not arrive`);
}

async function latencies({ database }: Bench, arrivals: Arrivals, ids: readonly string[]): Promise<number[]> {
  const { rows } = await database.query(
    `select stream_id, extract(epoch from occurred_at) * 1000 as occurred_ms from orders.events
      where stream_id = any($1) and type = 'order.created'`,
    [ids],
  );
  return rows.map((row) => arrivals.get(row.stream_id)! - Number(row.occurred_ms));
}

function resultOf(values: number[]) {
  const p50 = percentile(values, 0.5);
  return {
    work: `webhook of ${values.length} orders, event to receipt, p50`,
    baseline: '–',
    ours: milliseconds(p50),
    ratio: '–',
    goal: `< ${GOAL_MS} ms`,
    met: p50 < GOAL_MS,
    notes: [`p99 ${milliseconds(percentile(values, 0.99))}, slowest ${milliseconds(Math.max(...values))}`],
  };
}
