import { requestText } from '../load/load-order.ts';
import { loadOnce, type Measured } from '../support/measure.ts';
import { duel, percentile } from '../support/rounds.ts';
import type { Bench, Scenario } from '../support/scenario.ts';
import { fillOrders, SEEDED_CUSTOMERS, SEEDED_STATUSES, seededCustomer } from '../support/seed.ts';
import { milliseconds } from '../support/table.ts';

const PAGE = 25;
const VARIANTS = 200;
const DAY_MS = 86_400_000;
const START_MS = Date.parse('2025-01-01T00:00:00Z');

interface Filter {
  customer_id: string;
  status: string;
  created_after: string;
  created_before: string;
  min_total: number;
}

/** The statement that a page of the list is, as one would write it by hand. */
const QUERY = `select o.*, (select json_agg(item.* order by item.position) from orders.order_items item
    where item.order_id = o.id) as items
  from orders.orders o
  where org_id = $1 and livemode and customer_id = $2 and status = $3 and created_at >= $4 and created_at < $5
    and total >= $6
  order by id desc limit ${PAGE + 1}`;

/**
 * `GET /orders` by customer, status, dates and minimum total, against the same statement sent by a driver that does nothing
 * else: one request at a time for both, because it is the wait that is compared.
 */
export const ordersList: Scenario = async (bench) => {
  const { database, api, options, say } = bench;
  say(`Seeding ${options.orders.toLocaleString('en-US')} orders.`);
  await fillOrders(database, api.organizationId, options.orders);
  const filters = Array.from({ length: VARIANTS }, (_, turn) => filterAt(turn));
  await assertIndexed(bench, filters[0]!);
  await assertAlike(bench, filters);
  const contender = {
    processId: bench.server.processId,
    port: api.port,
    requests: filters.map((filter) => requestText('GET', `/orders?limit=${PAGE}&${queryOf(filter)}`, api.headers)),
    expected: [200],
  };
  const alone = { ...options, connections: 1 };
  const measure = {
    baseline: () => byHand(bench, filters),
    ours: () => loadOnce(bench.load, alone, contender),
  };
  await measure.baseline();
  await measure.ours();
  const { baseline, ours } = await duel(options.rounds, measure, (measured) => measured.p99Ms);
  const ratio = ours.p99Ms / baseline.p99Ms;
  return [
    {
      work: `GET /orders by four filters, of ${options.orders.toLocaleString('en-US')}, p99`,
      baseline: milliseconds(baseline.p99Ms),
      ours: milliseconds(ours.p99Ms),
      ratio: ratio.toFixed(2),
      goal: '≤ 3.00',
      met: ratio <= 3,
      notes: [`p50 ${milliseconds(baseline.p50Ms)} by hand, ${milliseconds(ours.p50Ms)} ours; no sequential scan`],
    },
  ];
};

/** Different customers and statuses, and a quarter of the year each. */
function filterAt(turn: number): Filter {
  const from = START_MS + ((turn * 37) % 270) * DAY_MS;
  return {
    customer_id: seededCustomer((turn * 13) % SEEDED_CUSTOMERS),
    status: SEEDED_STATUSES[turn % SEEDED_STATUSES.length]!,
    created_after: new Date(from).toISOString(),
    created_before: new Date(from + 90 * DAY_MS).toISOString(),
    min_total: 20_000,
  };
}

function queryOf({ min_total, ...texts }: Filter): string {
  return new URLSearchParams({ ...texts, min_total: String(min_total) }).toString();
}

function valuesOf({ api }: Bench, filter: Filter): unknown[] {
  const { customer_id, status, created_after, created_before, min_total } = filter;
  return [api.organizationId, customer_id, status, created_after, created_before, min_total];
}

async function byHand(bench: Bench, filters: readonly Filter[]): Promise<Measured> {
  const latencies: number[] = [];
  const until = performance.now() + bench.options.durationMs;
  for (let turn = 0; performance.now() < until; turn++) {
    const startedMs = performance.now();
    await bench.database.query({ text: QUERY, values: valuesOf(bench, filters[turn % filters.length]!) });
    latencies.push(performance.now() - startedMs);
  }
  return {
    perSecond: latencies.length / (bench.options.durationMs / 1_000),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    microsPerRequest: Number.NaN,
  };
}

/** Errors: a page of ours is not the page that the statement by hand finds, or all pages are empty. */
async function assertAlike(bench: Bench, filters: readonly Filter[]): Promise<void> {
  const { baseUrl, headers } = bench.api;
  let found = 0;
  for (const filter of filters.slice(0, 20)) {
    const byHand = await bench.database.query({ text: QUERY, values: valuesOf(bench, filter) });
    const answer = await fetch(`${baseUrl}/orders?limit=${PAGE}&${queryOf(filter)}`, { headers });
    const { data } = (await answer.json()) as { data: { id: string }[] };
    const expected = byHand.rows.slice(0, PAGE).map((row) => row.id);
    if (JSON.stringify(data.map((order) => order.id)) !== JSON.stringify(expected)) {
      throw new Error(`The list and the statement by hand differ for ${queryOf(filter)}`);
    }
    found += data.length;
  }
  if (found === 0) throw new Error('The filters find no order, so that nothing is measured');
}

/** Errors: the plan reads a whole table. */
async function assertIndexed(bench: Bench, filter: Filter): Promise<void> {
  const { rows } = await bench.database.query(`explain (format json) ${QUERY}`, valuesOf(bench, filter));
  // A table of a few pages is read as a whole whatever indexes it has.
  if (bench.options.orders >= 100_000 && JSON.stringify(rows).includes('Seq Scan')) {
    throw new Error(`The filtered list reads a whole table: ${JSON.stringify(rows)}`);
  }
}
