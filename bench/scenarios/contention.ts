import type { FlowOrder, FlowResult } from '../load/flow-order.ts';
import { startHelper } from '../support/child.ts';
import type { Bench, Scenario } from '../support/scenario.ts';
import { makeOrderParts, orderBody, putInStock } from '../support/seed.ts';
import { milliseconds, number } from '../support/table.ts';

const CLIENTS = 64;
const PRODUCTS = 100;
const VARIANTS = 200;

interface Stock {
  /** Pieces that were put in, over all products. */
  held: number;
  /** Pieces that confirmed orders hold now. */
  ordered: number;
  mismatches: number;
  negative: number;
}

/**
 * 64 clients order and confirm on the same 100 products until stock runs out and beyond. Judged by what must never
 * happen: a deadlock, an answer other than "confirmed" or "not enough stock", a piece sold twice, a level that is not the
 * sum of its movements.
 */
export const contention: Scenario = async (bench) => {
  const parts = await makeOrderParts(bench.api, PRODUCTS);
  // A sale takes six pieces; with this much of each, stock ends while the clients are at work.
  const perProduct = Math.ceil((bench.options.contendedOrders * 6) / PRODUCTS);
  await putInStock(bench.api, parts.productIds, perProduct);
  const card = { customer_id: parts.customerId, type: 'card', token: 'tok_visa' };
  const { id: payment_method_id } = await bench.api.call<{ id: string }>('POST', '/payment-methods', card);
  const bodies = Array.from({ length: VARIANTS }, (_, turn) => ({ ...orderBody(parts, turn), payment_method_id }));
  const deadlocksBefore = await deadlocks(bench);
  const flows = startHelper('load/flows.ts');
  try {
    const order: FlowOrder = {
      port: bench.api.port,
      clients: CLIENTS,
      warmUpMs: 0,
      durationMs: bench.options.contentionMs,
      headers: bench.api.headers,
      steps: [
        { path: '/orders', bodies, expected: [201] },
        { path: '/orders/{id}/confirm', bodies: [{}], expected: [200, 409] },
      ],
    };
    const result = await flows.ask<FlowResult>(order);
    const stock = await stockOf(bench, parts.productIds);
    const found = (await deadlocks(bench)) - deadlocksBefore;
    const confirmed = result.answers['confirm 200'] ?? 0;
    const faults = `${found} deadlocks, ${stock.mismatches} levels off, ${stock.negative} below zero`;
    if (found + stock.mismatches + stock.negative > 0 || stock.ordered !== confirmed * 6 || confirmed === 0) {
      throw new Error(`${confirmed} orders of six confirmed, ${stock.ordered} pieces reserved; ${faults}`);
    }
    return [
      {
        work: `${CLIENTS} clients confirm on the same ${PRODUCTS} products`,
        baseline: '–',
        ours: number(result.perSecond),
        ratio: '–',
        goal: 'no fault',
        met: true,
        notes: [
          `${confirmed} confirmed, ${result.answers['confirm 409'] ?? 0} told that stock is out; ${stock.ordered} of ${stock.held} pieces reserved; ${faults}`,
          `p50 ${milliseconds(result.p50Ms)}, p99 ${milliseconds(result.p99Ms)} of an order and its confirmation`,
        ],
      },
    ];
  } finally {
    flows.stop();
  }
};

async function deadlocks({ database }: Bench): Promise<number> {
  const { rows } = await database.query('select deadlocks from pg_stat_database where datname = current_database()');
  return Number(rows[0].deadlocks);
}

async function stockOf({ database }: Bench, productIds: readonly string[]): Promise<Stock> {
  const { rows } = await database.query(
    `select sum(level.available + level.reserved)::int as held, sum(level.reserved)::int as ordered,
       count(*) filter (where least(level.available, level.reserved) < 0)::int as negative,
       count(*) filter (where (level.available, level.reserved) is distinct from (moved.available, moved.reserved))::int
         as mismatches
     from inventory.levels level
     join lateral (select sum(available_change) as available, sum(reserved_change) as reserved
       from inventory.movements where level_id = level.id) as moved on true
     where level.product_id = any($1::text[])`,
    [productIds],
  );
  return rows[0];
}
