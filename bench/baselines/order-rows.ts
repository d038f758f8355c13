import pg from 'pg';
import { newId } from '#kernel/ids.ts';
import type { InsertPlan } from '../recording/copied-rows.ts';

/**
 * The rows of an order in one statement, as fast as the driver sends them: no HTTP, no validation, no tenant. Each of
 * `connections` loops has a connection of its own and waits for its statement before it sends the next.
 */
interface Settings {
  connection: pg.ClientConfig;
  plan: InsertPlan;
  connections: number;
}
interface Order {
  warmUpMs: number;
  durationMs: number;
}

let clients: pg.Client[] = [];
let plan: InsertPlan;

process.on('message', (message: Settings | Order) => {
  const answer = 'plan' in message ? connect(message) : run(message);
  answer.then(
    (result) => process.send!(result),
    (error: Error) => process.send!({ failure: error.message }),
  );
});
process.once('disconnect', () => process.exit(0));

async function connect(settings: Settings): Promise<object> {
  plan = settings.plan;
  clients = Array.from({ length: settings.connections }, () => new pg.Client(settings.connection));
  await Promise.all(clients.map((client) => client.connect()));
  return {};
}

async function run({ warmUpMs, durationMs }: Order): Promise<object> {
  const measureFrom = performance.now() + warmUpMs;
  const until = measureFrom + durationMs;
  const latencies: number[] = [];
  await Promise.all(
    clients.map(async (client) => {
      for (let startedMs = performance.now(); startedMs < until; ) {
        await client.query({ name: 'order', text: plan.text, values: freshValues() });
        const endedMs = performance.now();
        if (endedMs >= measureFrom && endedMs < until) latencies.push(endedMs - startedMs);
        startedMs = endedMs;
      }
    }),
  );
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))];
  return { perSecond: latencies.length / (durationMs / 1_000), p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** The values of the copied rows with new ids in the places of the old ones. */
function freshValues(): (string | null)[] {
  const fresh = plan.freshIds.map(() => newId('ord'));
  return plan.values.map((parts) => {
    if (parts === null || typeof parts === 'string') return parts;
    let text = '';
    for (const part of parts) text += typeof part === 'number' ? fresh[part] : part;
    return text;
  });
}
