import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { fetchToken, type TestAnswer, type TestApp, type TestOrganization } from '#test/support/app.ts';

export const SENDER = {
  name: 'Bolt & Sons',
  line1: 'Hafenstraße 1',
  city: 'Hamburg',
  postal_code: '20457',
  country: 'DE',
};
export const TEMPLATE = 'https://carrier.example/track/{tracking_number}';

let count = 0;

/** A shop with one product in stock, its orders and shipments, and a carrier that tells what becomes of them. */
export async function shopUnderTest(
  app: TestApp,
  { country = 'FR', email = 'ada@acme.example' as string | null } = {},
) {
  const shop: TestOrganization = await app.organization();
  async function call(method: string, path: string, body?: unknown): Promise<TestAnswer> {
    const answer = await app.request(method, path, { token: shop.token, body });
    if (answer.status !== 401) return answer;
    // The test moved the clock past the life of the token.
    shop.token = await fetchToken(app, shop);
    return app.request(method, path, { token: shop.token, body });
  }
  async function made(path: string, body: object): Promise<TestAnswer['body']> {
    const answer = await call('POST', path, body);
    assert.ok(answer.status < 300, `POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
  const bolt = { name: 'Steel bolt', description: 'M8', price: 1_000, category: 'hardware', active: true };
  const { id: product_id } = await made('/products', bolt);
  await made('/inventory/adjust', { product_id, quantity_change: 1_000, reason: 'opening', reference_id: 'count' });
  const shipping_address = { line1: '1 rue de la Paix', city: 'Paris', postal_code: '75002', country };
  const customer = { type: 'company', name: 'Acme', email, shipping_address };
  const { id: customer_id } = await made('/customers', customer);
  const { id: payment_method_id } = await made('/payment-methods', { customer_id, type: 'card', token: 'tok_visa' });
  const account = await made('/carrier-accounts', { carrier: 'custom' });

  /** An order of `quantities` pieces a line, as far as `until`. */
  async function order(
    quantities: readonly number[] = [3],
    until: 'draft' | 'confirmed' | 'processing' = 'processing',
  ) {
    const items = quantities.map((quantity) => ({ product_id, quantity, unit_price: 1_000 }));
    const total = quantities.reduce((sum, quantity) => sum + quantity * 1_000, 0);
    const { id } = await made('/orders', { customer_id, items, total, currency: 'USD', payment_method_id });
    if (until !== 'draft') await made(`/orders/${id}/confirm`, {});
    if (until === 'processing') await made(`/orders/${id}/process`, {});
    return id as string;
  }

  /** A valid shipment of the carrier custom with a number of its own. */
  function shipmentOf(order_id: string, more: object = {}) {
    const tracking_number = `PKT-${++count}`;
    const fixed = { carrier: 'custom', tracking_number, estimated_delivery: '2026-12-24' };
    return { order_id, ...fixed, tracking_url_template: TEMPLATE, ...more };
  }

  /** What the carrier says of a parcel, signed as it signs. */
  function tell(tracking_number: string, status: string, more: object = {}) {
    const event = { tracking_number, event_id: `ev-${++count}`, status, occurred_at: app.clock.now().toISOString() };
    return send(JSON.stringify({ ...event, ...more }));
  }

  function send(raw: string, options: { account?: string; secret?: string; carrier?: string; headers?: object } = {}) {
    const { account: id = account.id, secret = account.secret, carrier = 'custom' } = options;
    const seconds = Math.floor(app.clock.nowMs() / 1_000);
    const mac = createHmac('sha256', secret).update(`${seconds}.${raw}`).digest('hex');
    const headers = {
      'content-type': 'application/json',
      'x-signature': `t=${seconds},mac=${mac}`,
      ...options.headers,
    };
    return app.request('POST', `/inbound/carriers/${carrier}?account=${id}`, { raw, headers });
  }

  return {
    ...shop,
    account,
    product_id: product_id as string,
    customer_id: customer_id as string,
    call,
    made,
    order,
    shipmentOf,
    tell,
    send,
    read: async (path: string) => (await call('GET', path)).body,
  };
}

/** The mails in the outbox, oldest first. */
export async function mailsOf(app: TestApp): Promise<{ to: string; subject: string; text: string }[]> {
  const folder = join(app.dataDirectory, 'outbox');
  const names = readdirSync(folder).sort();
  const mails = await Promise.all(names.map((name) => simpleParser(readFileSync(join(folder, name)))));
  return mails.map(({ to, subject = '', text = '' }) => ({ to: [to].flat()[0]!.text, subject, text }));
}
