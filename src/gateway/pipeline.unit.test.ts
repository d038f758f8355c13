import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange, Pipeline } from './exchange.ts';
import { runSteps } from './pipeline.ts';

test('an answer that cannot be written is a fault, and nobody waits for it for ever', async () => {
  const body: { self?: object } = {};
  body.self = body;
  const sent: unknown[] = [];
  const raw = {
    destroyed: false,
    writeHead: (status: number) => sent.push(status),
    end: (text: string) => sent.push(text),
  };
  const exchange = { headers: {}, answer: null, finished: false, reply: { hijack: () => undefined, raw } };
  const noted: unknown[] = [];
  const pipeline = {
    renderError: () => ({ status: 500, body: { error: 'internal' } }),
    done: [(_exchange: Exchange, status: number) => noted.push(status)],
  };
  const step = (each: Exchange) => {
    each.answer = { status: 200, body };
  };
  await runSteps(pipeline as unknown as Pipeline, [step], exchange as unknown as Exchange);
  assert.deepEqual([sent, noted], [[500, '{"error":"internal"}'], [500]]);
  assert.ok((exchange as unknown as Exchange).error instanceof TypeError);
});
