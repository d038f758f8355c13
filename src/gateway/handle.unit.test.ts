import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { DomainError } from '#kernel/errors.ts';
import { declaredEditions } from '../../scripts/contracts.ts';
import type { Exchange } from './exchange.ts';
import { handle } from './handle.ts';

/** Runs an operation that never ends; answers after how many milliseconds it was given up, and with what words. */
async function giveUp(t: TestContext, declared: object): Promise<{ afterMs: number; error: DomainError }> {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const operation = { ...declared, handle: () => new Promise(() => undefined) };
  const exchange = { operation, request: { raw: { headers: {} } } } as unknown as Exchange;
  let error: DomainError | undefined;
  const running = Promise.resolve(handle((_exchange, answer) => answer)(exchange)).catch((reason) => {
    error = reason;
  });
  let afterMs = 0;
  while (!error && afterMs < 400_000) {
    t.mock.timers.tick(1_000);
    afterMs += 1_000;
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.mock.timers.reset();
  await running;
  return { afterMs, error: error! };
}

test('V1-46 V1-85 a standard request is given up after 30 seconds', async (t) => {
  const { afterMs, error } = await giveUp(t, {});
  assert.deepEqual([afterMs, error.kind], [30_000, 'timeout']);
});

test('V1-48 C-54 an upload is given up after 300 seconds, whichever takes one', async (t) => {
  const uploads = Object.values(declaredEditions())
    .flatMap((edition) => edition.operations)
    .filter(({ upload }) => upload !== undefined);
  assert.ok(uploads.length > 0);
  for (const upload of uploads) {
    const { afterMs, error } = await giveUp(t, { ...upload, upload: undefined });
    assert.deepEqual([afterMs, error.kind], [300_000, 'timeout'], upload.id);
  }
});

test('V1-47 V1-121 a batch is given up after 120 seconds, and the message says to send fewer items', async (t) => {
  const batches = Object.values(declaredEditions())
    .flatMap((edition) => edition.operations)
    .filter(({ id }) => id === 'v1.users.create_batch');
  assert.equal(batches.length, 1);
  const { afterMs, error } = await giveUp(t, batches[0]!);
  assert.deepEqual([afterMs, error.kind], [120_000, 'timeout']);
  assert.match(error.message, /fewer items/);
});
