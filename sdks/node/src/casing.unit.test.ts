import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromApi, toApi } from './casing.ts';

const casing = { opaque: new Set(['metadata']) };

test('names become camelCase and back, at every depth and in lists', () => {
  const answer = { unit_price: 1, items: [{ product_id: 'prd_1' }], line1: 'x', sha_256: 'y' };
  const object = fromApi(answer, casing);
  assert.deepEqual(object, { unitPrice: 1, items: [{ productId: 'prd_1' }], line1: 'x', sha256: 'y' });
  assert.deepEqual(toApi({ userId: 'u', items: [{ productId: 'p' }] }, casing), {
    user_id: 'u',
    items: [{ product_id: 'p' }],
  });
});

test('keys that customers chose are left as they are', () => {
  const metadata = { campaign_name: 'a', campaignName: 'b', 'with space': 'c' };
  assert.deepEqual(fromApi({ metadata }, casing), { metadata });
  assert.deepEqual(toApi({ metadata }, casing), { metadata });
});

test('a field named __proto__ stays a field and changes no prototype', () => {
  const object = fromApi(JSON.parse('{"__proto__": {"is_admin": true}}'), casing) as Record<string, unknown>;
  assert.equal(Object.getPrototypeOf(object), Object.prototype);
  assert.equal(object.isAdmin, undefined);
});

test('property: a name of the API comes back from camelCase as it was', () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
  const name = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join('_'));
  fc.assert(
    fc.property(fc.dictionary(name, fc.integer()), (value) => {
      assert.deepEqual(toApi(fromApi(value, casing), casing), { ...value });
    }),
  );
});
