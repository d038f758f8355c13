import { newId } from '#kernel/ids.ts';
import { requestText } from '../load/load-order.ts';
import { copyTransaction, type InsertPlan } from '../recording/copied-rows.ts';
import { startHelper } from '../support/child.ts';
import { type Contender, loadOnce, type Measured, ratioRow } from '../support/measure.ts';
import { processorMicros } from '../support/process-usage.ts';
import { duel } from '../support/rounds.ts';
import type { Bench, Scenario } from '../support/scenario.ts';
import { makeOrderParts, orderBody } from '../support/seed.ts';

/** The generator writes a key of its own over this one in each request. */
const KEY_MARK = 'BENCH-KEY-0000000000000';
const VARIANTS = 10;

/** `POST /orders` with everything on, against its rows in one statement in a tight loop of the driver. */
export const order: Scenario = async (bench) => {
  const { load, options } = bench;
  const ours = await orderContender(bench);
  const plan = await rowsOfAnOrder(bench, ours.body);
  // Tables that were analysed while they were empty have plans for empty tables (design: trap 6).
  await bench.database.query('analyze');
  const helper = startHelper('baselines/order-rows.ts');
  try {
    const { host, port, user, database } = bench.database;
    const connection = { host, port, user, database };
    await helper.ask({ connection, plan, connections: options.connections });
    const tightLoop = async (): Promise<Measured> => {
      const before = processorMicros(helper.processId);
      const { warmUpMs, durationMs } = options;
      const rate = await helper.ask<Omit<Measured, 'microsPerRequest'>>({ warmUpMs, durationMs });
      const count = (rate.perSecond * (warmUpMs + durationMs)) / 1_000;
      return { ...rate, microsPerRequest: (processorMicros(helper.processId) - before) / count };
    };
    const measure = { baseline: tightLoop, ours: () => loadOnce(load, options, ours) };
    await measure.baseline();
    await measure.ours();
    const result = await duel(options.rounds, measure, (measured) => measured.perSecond);
    return [ratioRow('POST /orders, 3 items, against its rows alone', result, 0.35, [`the rows: ${plan.summary}`])];
  } finally {
    helper.stop();
  }
};

/** Orders of three items, each with an idempotency key of its own. */
export async function orderContender(bench: Bench): Promise<Contender & { body: unknown }> {
  const parts = await makeOrderParts(bench.api);
  const headers = { ...bench.api.headers, 'idempotency-key': KEY_MARK };
  const bodies = Array.from({ length: VARIANTS }, (_, turn) => orderBody(parts, turn));
  return {
    body: bodies[0],
    processId: bench.server.processId,
    port: bench.api.port,
    requests: bodies.map((body) => requestText('POST', '/orders', headers, body)),
    expected: [201],
    keyMark: KEY_MARK,
  };
}

/** Makes one order and copies every row that its transaction wrote. */
async function rowsOfAnOrder({ api, database }: Bench, body: unknown): Promise<InsertPlan> {
  const since = newId('req');
  const key = `bench-copied-${Date.now()}`;
  const { id } = await api.call<{ id: string }>('POST', '/orders', body, { 'idempotency-key': key });
  const { rows } = await database.query(
    'select (transaction_id::text::bigint % 4294967296)::text as transaction from orders.events where stream_id = $1',
    [id],
  );
  return copyTransaction(database, rows[0].transaction, since, [key]);
}
