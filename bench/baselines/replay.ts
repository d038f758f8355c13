import { Connection, type ConnectionSettings } from '#kernel/database/connection.ts';
import { prepared, type Statement } from '#kernel/database/statement.ts';
import type { Tenant } from '#kernel/database/tenant.ts';
import { newId } from '#kernel/ids.ts';
import type { ReplayPlan } from '../recording/replay-plan.ts';
import { percentile } from '../support/rounds.ts';

/**
 * Recorded statements again, as fast as the driver sends them: no HTTP, no validation, no decisions, no tenant. Each of
 * `connections` loops has a connection of its own and waits for each flight before it sends the next.
 */
interface Settings {
  connection: ConnectionSettings;
  tenant: Tenant;
  /** They take turns. */
  plans: ReplayPlan[];
  connections: number;
}
interface Order {
  warmUpMs: number;
  durationMs: number;
}
type Flight = ((fresh: readonly string[]) => Statement)[];

let scope: Tenant;
let connections: Connection[] = [];
let scripts: { idCount: number; flights: Flight[] }[] = [];
let turn = 0;

process.on('message', (message: Settings | Order) => {
  const answer = 'plans' in message ? connect(message) : run(message);
  answer.then(
    (result) => process.send!(result),
    (error: Error) => process.send!({ failure: `${error.stack}\ncaused by ${error.cause}` }),
  );
});
process.once('disconnect', () => process.exit(0));

async function connect(settings: Settings): Promise<object> {
  scope = settings.tenant;
  scripts = settings.plans.map((plan) => ({
    idCount: plan.freshIds.length,
    flights: plan.flights.map((flight) => flight.map(({ text, values }) => statementMaker(text, values))),
  }));
  connections = Array.from({ length: settings.connections }, () => new Connection(settings.connection));
  await Promise.all(connections.map((connection) => connection.ready()));
  return {};
}

function statementMaker(text: string, values: ReplayPlan['flights'][number][number]['values']): Flight[number] {
  const statement = prepared(text);
  const makers = values.map((value) => {
    if (value !== null && typeof value === 'object' && 'base64' in value) return Buffer.from(value.base64, 'base64');
    return value;
  });
  return (fresh) =>
    statement(
      makers.map((value) => {
        if (!Array.isArray(value)) return value;
        let filled = '';
        for (const part of value) filled += typeof part === 'number' ? fresh[part] : part;
        return filled;
      }),
    );
}

async function run({ warmUpMs, durationMs }: Order): Promise<object> {
  const measureFrom = performance.now() + warmUpMs;
  const until = measureFrom + durationMs;
  const latencies: number[] = [];
  await Promise.all(
    connections.map(async (connection) => {
      for (let startedMs = performance.now(); startedMs < until; ) {
        await replay(connection);
        const endedMs = performance.now();
        if (endedMs >= measureFrom && endedMs < until) latencies.push(endedMs - startedMs);
        startedMs = endedMs;
      }
    }),
  );
  return {
    perSecond: latencies.length / (durationMs / 1_000),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  };
}

async function replay(connection: Connection): Promise<void> {
  const { idCount, flights } = scripts[turn++ % scripts.length]!;
  const fresh = Array.from({ length: idCount }, () => newId('ord'));
  for (const flight of flights) {
    await connection.send(
      scope,
      flight.map((make) => make(fresh)),
    );
  }
}
