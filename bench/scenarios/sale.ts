import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '#kernel/ids.ts';
import type { FlowOrder, FlowResult, FlowStep } from '../load/flow-order.ts';
import { startRecordingProxy } from '../recording/recording-proxy.ts';
import { planOf, type ReplayPlan } from '../recording/replay-plan.ts';
import { type Helper, startHelper } from '../support/child.ts';
import { type Measured, ratioRow } from '../support/measure.ts';
import { processorMicros } from '../support/process-usage.ts';
import { duel } from '../support/rounds.ts';
import type { Bench, Scenario } from '../support/scenario.ts';
import { startSecondServer } from '../support/second-server.ts';
import { makeOrderParts, orderBody, putInStock } from '../support/seed.ts';

const VARIANTS = 10;
/** Sales before the one that is recorded: they open connections and prepare statements. */
const REHEARSALS = 8;
/** Until the loops behind the answers of the sales before are done. */
const QUIET_MS = 300;

/**
 * A whole sale of three items, order to delivery, against the same SQL by a tight loop of the driver: what one sale sends
 * to PostgreSQL before its answers is recorded between a second server and the database, and replayed with new ids.
 */
export const sale: Scenario = async (bench) => {
  const steps = await saleSteps(bench);
  const plans = await recordedSales(bench, steps);
  await bench.database.query('analyze');
  const replay = startHelper('baselines/replay.ts');
  const flows = startHelper('load/flows.ts');
  try {
    const { host, port, user, database } = bench.database;
    const { connections } = bench.options;
    const tenant = { orgId: bench.api.organizationId, livemode: true };
    await replay.ask({ connection: { host, port, user, database }, tenant, plans, connections });
    const { warmUpMs, durationMs } = bench.options;
    const measure = {
      baseline: () => timed(replay, replay.processId, { warmUpMs, durationMs }),
      ours: () => timed(flows, bench.server.processId, flowOrder(bench, steps)),
    };
    const sold = await delivered(bench);
    await measure.baseline();
    if ((await delivered(bench)) === sold) throw new Error('The replay delivered no order.');
    await measure.ours();
    const result = await duel(bench.options.rounds, measure, (measured) => measured.perSecond);
    const [plan] = plans;
    const statements = plan!.flights.reduce((sum, flight) => sum + flight.length, 0);
    const notes = [`the SQL: ${statements} statements in ${plan!.flights.length} round trips`];
    return [ratioRow('a whole sale, 5 requests, against its SQL alone', result, 0.3, notes)];
  } finally {
    replay.stop();
    flows.stop();
  }
};

/** Sells for a while, for a profile. */
export async function sellFor(bench: Bench, durationMs: number): Promise<Measured> {
  const steps = await saleSteps(bench);
  const flows = startHelper('load/flows.ts');
  try {
    return await timed(flows, bench.server.processId, { ...flowOrder(bench, steps), durationMs });
  } finally {
    flows.stop();
  }
}

/** Create, confirm (reserve and authorise), process, ship (capture and take out), deliver. */
async function saleSteps({ api }: Bench): Promise<FlowStep[]> {
  const parts = await makeOrderParts(api);
  await putInStock(api, parts.productIds, 1_000_000);
  const card = { customer_id: parts.customerId, type: 'card', token: 'tok_visa' };
  const { id: payment_method_id } = await api.call<{ id: string }>('POST', '/payment-methods', card);
  const bodies = Array.from({ length: VARIANTS }, (_, turn) => ({ ...orderBody(parts, turn), payment_method_id }));
  const step = (name: string, body: object = {}) => ({ path: `/orders/{id}/${name}`, bodies: [body], expected: [200] });
  return [
    { path: '/orders', bodies, expected: [201] },
    step('confirm'),
    step('process'),
    step('ship', { carrier: 'custom', tracking_number: '{id}' }),
    step('deliver'),
  ];
}

/** One of each variant, so that the replay meets itself on the same stock as seldom as the server does. */
async function recordedSales(bench: Bench, steps: readonly FlowStep[]): Promise<ReplayPlan[]> {
  const { host, port } = bench.database;
  const proxy = await startRecordingProxy({ host, port });
  const { api, stop } = await startSecondServer(bench, proxy.port);
  const sell = async (turn: number) => {
    let id = '';
    for (const { path, bodies } of steps) {
      const body = JSON.parse(JSON.stringify(bodies[turn % bodies.length]).replaceAll('{id}', id));
      const headers = { 'idempotency-key': newId('req') };
      const answer = await api.call<{ id: string }>('POST', path.replace('{id}', id), body, headers);
      id ||= answer.id;
    }
  };
  try {
    for (let turn = 0; turn < REHEARSALS; turn++) await sell(turn);
    const plans: ReplayPlan[] = [];
    for (let turn = 0; turn < VARIANTS; turn++) {
      await delay(QUIET_MS);
      const since = newId('req');
      proxy.take();
      await sell(turn);
      plans.push(planOf(proxy.take(), since));
    }
    return plans;
  } finally {
    await stop();
    proxy.close();
  }
}

async function delivered({ database }: Bench): Promise<number> {
  const { rows } = await database.query(`select count(*) from orders.orders where status = 'delivered'`);
  return Number(rows[0].count);
}

function flowOrder({ api, options }: Bench, steps: FlowStep[]): FlowOrder {
  const { connections: clients, warmUpMs, durationMs } = options;
  return { port: api.port, clients, warmUpMs, durationMs, headers: api.headers, steps };
}

async function timed(helper: Helper, processId: number, order: { warmUpMs: number; durationMs: number }) {
  const before = processorMicros(processId);
  const rate = await helper.ask<Omit<Measured & FlowResult, 'microsPerRequest'>>(order);
  const count = (rate.perSecond * (order.warmUpMs + order.durationMs)) / 1_000;
  return { ...rate, microsPerRequest: (processorMicros(processId) - before) / count };
}
