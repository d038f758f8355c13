import { randomUUID } from 'node:crypto';
import { Client } from 'undici';
import { percentile } from '../support/rounds.ts';
import type { FlowOrder, FlowResult, FlowStep } from './flow-order.ts';

/** The flow generator, a process of its own: clients that go through several requests, each with the id of the first answer. */
process.on('message', (order: FlowOrder) => {
  run(order).then(
    (result) => process.send!(result),
    (error: Error) => process.send!({ failure: error.message }),
  );
});
process.once('disconnect', () => process.exit(0));

async function run(order: FlowOrder): Promise<FlowResult> {
  const measureFrom = performance.now() + order.warmUpMs;
  const until = measureFrom + order.durationMs;
  const latenciesMs: number[] = [];
  const answers: Record<string, number> = {};
  let turn = 0;
  await Promise.all(
    Array.from({ length: order.clients }, async () => {
      const client = new Client(`http://127.0.0.1:${order.port}`);
      for (let startedMs = performance.now(); startedMs < until; ) {
        await flow(client, order, turn++, answers);
        const endedMs = performance.now();
        if (endedMs >= measureFrom && endedMs < until) latenciesMs.push(endedMs - startedMs);
        startedMs = endedMs;
      }
      await client.close();
    }),
  );
  return {
    perSecond: latenciesMs.length / (order.durationMs / 1_000),
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    answers,
  };
}

async function flow(client: Client, order: FlowOrder, turn: number, answers: Record<string, number>): Promise<void> {
  let id = '';
  for (const step of order.steps) {
    const { status, text } = await ask(client, order, step, turn, id);
    const name = `${step.path.slice(step.path.lastIndexOf('/') + 1)} ${status}`;
    answers[name] = (answers[name] ?? 0) + 1;
    if (!step.expected.includes(status)) throw new Error(`POST ${step.path} answered ${status}: ${text.slice(0, 600)}`);
    if (status >= 400) return;
    id ||= /"id":"([^"]+)"/.exec(text)?.[1] ?? '';
  }
}

async function ask(client: Client, order: FlowOrder, step: FlowStep, turn: number, id: string) {
  const response = await client.request({
    method: 'POST',
    path: step.path.replace('{id}', id),
    headers: { ...order.headers, 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body: JSON.stringify(step.bodies[turn % step.bodies.length]).replaceAll('{id}', id),
  });
  return { status: response.statusCode, text: await response.body.text() };
}
