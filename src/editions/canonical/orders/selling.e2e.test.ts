import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';
import { signInUser } from '#test/support/sign-in.ts';

let app: TestApp;
let shop: TestOrganization;
before(async () => {
  app = await testApp();
  shop = await app.organization();
});
after(() => app.close());

async function call(method: string, path: string, body?: unknown, token = shop.token) {
  const answer = await app.request(method, path, { token, body });
  return { status: answer.status, body: answer.body };
}

/** An order of `quantity` bolts at 10.00 with 20 of them in stock, as a body. */
async function anOrder(quantity: number) {
  const bolt = { name: 'Bolt', description: 'M8', price: 1000, category: 'hardware', active: true };
  const product_id = (await call('POST', '/products', bolt)).body.id;
  const opening = { product_id, quantity_change: 20, reason: 'opening', reference_id: 'o' };
  await call('POST', '/inventory/adjust', opening);
  const customer_id = (await call('POST', '/customers', { type: 'company', name: 'Acme' })).body.id;
  await call('POST', '/payment-methods', { customer_id, type: 'card', token: 'tok_visa' });
  const items = [{ product_id, quantity, unit_price: 1000 }];
  return { customer_id, currency: 'USD', items, total: quantity * 1000 };
}

test('G-34 a return over HTTP: announced, approved, received damaged in part, refunded, shown in the order', async () => {
  const order = (await call('POST', '/orders', await anOrder(3))).body;
  for (const verb of ['confirm', 'process']) await call('POST', `/orders/${order.id}/${verb}`);
  const early = { order_id: order.id, reason: 'defective', items: [{ line: 1, quantity: 1 }] };
  assert.equal((await call('POST', '/returns', early)).status, 409);
  await call('POST', `/orders/${order.id}/ship`, { carrier: 'DHL', tracking_number: 'JD01' });
  const tooMany = await call('POST', '/returns', { ...early, items: [{ line: 1, quantity: 4 }] });
  assert.deepEqual([tooMany.status, tooMany.body.error.details[0].field], [422, 'items[0].quantity']);
  const made = await call('POST', '/returns', { ...early, items: [{ line: 1, quantity: 2 }] });
  assert.deepEqual([made.status, made.body.status, made.body.resolution], [201, 'requested', 'refund']);
  const path = `/returns/${made.body.id}`;
  assert.equal((await call('POST', `${path}/receive`, {})).status, 409);
  assert.equal((await call('POST', `${path}/approve`)).body.status, 'approved');
  const items = [
    { line: 1, quantity: 1 },
    { line: 1, quantity: 1, condition: 'damaged' },
  ];
  assert.equal((await call('POST', `${path}/receive`, { items })).body.status, 'received');
  const settled = await call('POST', `${path}/settle`, {});
  assert.deepEqual([settled.status, settled.body.status, settled.body.refund_amount], [200, 'refunded', 2000]);
  const seen = (await call('GET', `/orders/${order.id}`)).body;
  assert.deepEqual([seen.items[0].shipped_quantity, seen.items[0].returned_quantity], [3, 2]);
  const payment = (await call('GET', `/payments/${seen.payment_id}`)).body;
  assert.equal(payment.refunded_amount, 2000);
  assert.deepEqual((await call('GET', `/returns?order_id=${order.id}&status=refunded`)).body.data.length, 1);
  assert.deepEqual((await call('GET', '/returns?status=requested')).body.data, []);
});

test('G-33 an order above a rule is confirmed after somebody with orders:approve approved it', async () => {
  const rule = await call('POST', '/order-approval-rules', { currency: 'USD', amount_over: 5000 });
  assert.equal(rule.status, 201);
  const scopes = ['orders:read', 'orders:write', 'orders:approve'];
  const boss = await signInUser(app, shop, { role: 'admin', scopes });
  const member = await signInUser(app, shop, { role: 'member', scopes });
  const { id } = (await call('POST', '/orders', await anOrder(6))).body;
  const refused = await call('POST', `/orders/${id}/confirm`);
  assert.deepEqual([refused.status, refused.body.error.details[0].code], [409, 'approval_required']);
  assert.equal((await call('POST', `/orders/${id}/approve`, {}, member.token)).status, 403);
  assert.equal((await call('POST', `/orders/${id}/approve`)).status, 403);
  const rejected = await call('POST', `/orders/${id}/reject`, { reason: 'Ask Ada first' }, boss.token);
  assert.equal(rejected.body.approval.decision, 'rejected');
  assert.match((await call('POST', `/orders/${id}/confirm`)).body.error.message, /Ask Ada/);
  await call('PATCH', `/orders/${id}`, { po_number: 'PO-9' });
  const approved = await call('POST', `/orders/${id}/approve`, undefined, boss.token);
  assert.deepEqual([approved.status, approved.body.approval.by], [200, boss.id]);
  assert.equal((await call('POST', `/orders/${id}/confirm`)).body.status, 'confirmed');
  assert.equal((await call('DELETE', `/order-approval-rules/${rule.body.id}`)).status, 204);
  assert.equal((await call('GET', `/order-approval-rules/${rule.body.id}`)).status, 404);
});

test('G-15 a preview shows each line with its calculation and stores nothing', async () => {
  const { customer_id, currency, items } = await anOrder(3);
  const lines = [
    { product_id: items[0]!.product_id, quantity: 3 },
    { ...items[0]!, quantity: 1, unit_price: 50 },
  ];
  const before = (await call('GET', '/orders')).body.data.length;
  const body = { customer_id, currency, items: lines, tax_total: 7 };
  const preview = await call('POST', '/orders/preview', body);
  assert.equal(preview.status, 200, JSON.stringify(preview.body));
  assert.deepEqual(
    preview.body.items.map((line: { calculation: string; source: string }) => [line.calculation, line.source]),
    [
      ['3 × 10.00 USD = 30.00 USD', 'list'],
      ['1 × 0.50 USD = 0.50 USD', 'given'],
    ],
  );
  assert.deepEqual([preview.body.total, preview.body.grand_total], [3050, 3057]);
  const wrong = await call('POST', '/orders/preview', { ...body, total: 3051 });
  assert.deepEqual([wrong.status, wrong.body.error.details[0].field], [422, 'total']);
  assert.equal((await call('GET', '/orders')).body.data.length, before);
});

test('G-33 a quote over HTTP: drafted, sent, accepted into an order once', async () => {
  const { customer_id, currency, items } = await anOrder(2);
  const made = await call('POST', '/quotes', { customer_id, currency, items, metadata: { deal: '7' } });
  assert.deepEqual([made.status, made.body.status, made.body.total], [201, 'draft', 2000]);
  const path = `/quotes/${made.body.id}`;
  assert.equal((await call('POST', `${path}/accept`, {})).status, 409);
  const cheaper = await call('PATCH', path, { discount_total: 100 });
  assert.deepEqual([cheaper.status, cheaper.body.grand_total], [200, 1900]);
  assert.equal((await call('POST', `${path}/send`)).body.status, 'sent');
  const accepted = await call('POST', `${path}/accept`, { po_number: 'PO-5' });
  assert.equal(accepted.status, 200, JSON.stringify(accepted.body));
  const order = (await call('GET', `/orders/${accepted.body.order_id}`)).body;
  assert.deepEqual([order.status, order.grand_total, order.po_number], ['draft', 1900, 'PO-5']);
  assert.equal((await call('POST', `${path}/accept`, {})).status, 409);
  assert.equal((await call('GET', `/quotes?customer_id=${customer_id}&status=accepted`)).body.data.length, 1);
});
