import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { DAY_MS } from '#kernel/clock.ts';
import { type TestApp, testApp } from '#test/support/app.ts';

let app: TestApp;
before(async () => {
  app = await testApp();
});
after(() => app?.close());

test('HIP-06 C-91 after seven years of housekeeping the trail still holds who did what, when and from where', async () => {
  const shop = await app.organization();
  const bolt = { name: 'Bolt', description: 'M8', price: 1999, category: 'hardware', active: true };
  const { body: product } = await app.request('POST', '/products', { token: shop.token, body: bolt });
  await app.request('GET', `/products/${product.id}`, { token: shop.token });
  await app.settle();
  const trail = async () => {
    const token = await app.tokenWith(shop, ['audit:read']);
    return (await app.request('GET', `/audit-logs?object_id=${product.id}`, { token })).body.data;
  };
  // What was only seen is recorded at the edge in batches, a moment after the answer.
  let first = await trail();
  for (let attempt = 0; attempt < 100 && first.length < 2; attempt++) {
    await delay(20);
    first = await trail();
  }
  assert.deepEqual(first.map(({ action }: { action: string }) => action).sort(), ['products.create', 'products.get']);
  assert.equal(first[0].ip_address, '127.0.0.1');
  // Every job and consumer of every module runs, as often as they plan themselves, in steps up to seven years.
  for (const days of [1, 30, 90, 365, 2 * 365, 4 * 365 - 121]) {
    app.clock.advance(days * DAY_MS);
    await app.settle();
  }
  assert.deepEqual(await trail(), first);
});

test('HIP-06 not even the module that writes the trail may take anything out of it', async () => {
  const { database } = app.platform.runtime.kit('audit');
  for (const text of [
    'delete from audit.entries',
    "update audit.entries set action = 'nothing'",
    'truncate audit.entries',
    'delete from audit.blocks',
  ]) {
    await assert.rejects(
      database.flight({ orgId: '*', livemode: true }, [{ text, values: [] }]),
      { code: '42501' },
      text,
    );
  }
});
