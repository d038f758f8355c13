import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  app = await testApp({ settings: { ENABLED_CURRENCIES: 'usd, CHF,KWD' } });
  shop = await app.organization();
});
after(() => app?.close());

const product = (currency: string) =>
  app.request('POST', '/products', {
    token: shop.token,
    body: { name: 'Bolt', description: 'M8', price: 100, category: 'service', active: true, currency },
  });

test('C-43 the canonical edition takes the currencies that the settings name, and says which; /v2 takes any', async () => {
  assert.deepEqual([(await product('CHF')).status, (await product('kwd')).body.currency], [201, 'KWD']);
  const refused = await product('EUR');
  assert.equal(refused.status, 422);
  assert.match(refused.body.error.details[0].message, /USD, CHF, KWD/);
  const { body: document } = await app.request('GET', '/openapi.json');
  const { schema } = document.paths['/products'].post.requestBody.content['application/json'];
  const shape = schema.$ref ? document.components.schemas[schema.$ref.split('/').at(-1)] : schema;
  assert.deepEqual(shape.properties.currency.enum, ['USD', 'CHF', 'KWD']);
  const token = await app.key(shop, { edition: 'v2', family: 'tc_live_sk' });
  const euro = await app.request('POST', '/v2/products', { token, body: { name: 'Bolt', price: 1, currency: 'EUR' } });
  assert.equal(euro.status, 201);
});
