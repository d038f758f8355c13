import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ORGANIZATION_SCOPES } from '#modules/identity/index.ts';
import { type TestApp, testApp } from '#test/support/app.ts';
import { startReceiver } from '#test/support/https-receiver.ts';
import { signInUser } from '#test/support/sign-in.ts';

const CARD = '4242424242424242';

/** What the visitor says of themselves in each request; a declared proxy stands between. */
const VISITOR = { 'x-forwarded-for': '203.0.113.77', 'user-agent': 'Curious-Browser/9.7' };

const BUYER = {
  name: 'Wilhelmina Quuxington',
  email: 'wilhelmina.quuxington@buyer.example',
  phone: '+4915112345678',
  tax_ids: [{ type: 'eu_vat', value: 'DE811907980' }],
  billing_address: { line1: 'Kastanienallee 4711', city: 'Oberammergau', postal_code: '82487', country: 'DE' },
};

/** What must be found nowhere in the clear, each with a word for it. */
const PERSONAL = {
  'address of the visitor': VISITOR['x-forwarded-for'],
  'browser of the visitor': VISITOR['user-agent'],
  'name of the buyer': BUYER.name,
  'e-mail of the buyer': BUYER.email,
  'telephone of the buyer': BUYER.phone,
  'tax number of the buyer': BUYER.tax_ids[0]!.value,
  'street of the buyer': BUYER.billing_address.line1,
  'town of the buyer': BUYER.billing_address.city,
  'card number': CARD,
};

export interface Sale {
  app: TestApp;
  userId: string;
  orderId: string;
  /** By a word for it. */
  confidential: Readonly<Record<string, string>>;
  /** The trace that the client began, in hexadecimal. */
  traceId: string;
  webhooks: { headers: IncomingHttpHeaders; type: string }[];
}

/** A whole sale by a person in a browser: sign-in, customer, order, confirmation, payment, shipment, refund, webhooks. */
export async function wholeSale(t: TestContext): Promise<Sale> {
  const authority = fileURLToPath(new URL('../../support/certificates/authority.pem', import.meta.url));
  const app = await testApp({
    settings: {
      LOG_LEVEL: 'debug',
      TRUSTED_PROXIES: '127.0.0.1',
      WEBHOOK_ALLOWED_PRIVATE_HOSTS: '127.0.0.1',
      WEBHOOK_CA_FILE: authority,
    },
  });
  t.after(() => app.close());
  const visiting: TestApp = {
    ...app,
    request: (method, path, options) =>
      app.request(method, path, { ...options, headers: { ...VISITOR, ...options?.headers } }),
  };
  const shop = await visiting.organization();
  const user = await signInUser(visiting, shop, { role: 'admin', scopes: [...ORGANIZATION_SCOPES] });
  const webhooks: Sale['webhooks'] = [];
  const { port } = await startReceiver(t, async (req, res) => {
    let body = '';
    for await (const chunk of req) body += chunk;
    webhooks.push({ headers: req.headers, type: JSON.parse(body).type });
    res.end('thank you');
  });
  const traceId = randomBytes(16).toString('hex');
  const { order, secrets } = await sell(visiting, user.token, traceId, `https://127.0.0.1:${port}/in`);
  await misfortunes(visiting, user.token);
  await app.settle();
  await until(() => webhooks.some(({ type }) => type === 'order.completed'), 'The webhooks did not arrive');
  return {
    app,
    userId: user.id,
    orderId: order,
    traceId,
    webhooks,
    confidential: {
      ...PERSONAL,
      ...secrets,
      'e-mail of the user': user.email,
      'token of the user': user.token,
      'token of the program': shop.token,
      'secret of the program': shop.clientSecret,
      'password of the user': 'Correct-Horse-7-Battery',
    },
  };
}

async function sell(app: TestApp, token: string, traceId: string, url: string) {
  const made = async (path: string, body: unknown, status = 201) => {
    const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
    const headers = { traceparent, 'idempotency-key': randomBytes(8).toString('hex') };
    const answer = await app.request('POST', path, { token, body, headers });
    if (answer.status !== status) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const events = ['order.created', 'order.updated', 'order.completed', 'payment.succeeded'];
  const webhook = await made('/webhooks', { url, events });
  const key = await made('/api-keys', { name: 'import', scopes: ['orders:read'] });
  const bolt = { name: 'Bolt', description: 'M8', price: 2499, category: 'hardware', active: true };
  const product = (await made('/products', bolt)).id;
  const stock = { product_id: product, quantity_change: 5, reason: 'opening', reference_id: 'count' };
  await made('/inventory/adjust', stock);
  const customer = (await made('/customers', { type: 'company', ...BUYER })).id;
  const method = await made('/payment-methods', { customer_id: customer, type: 'card', token: 'tok_visa' });
  const order = await made('/orders', {
    customer_id: customer,
    currency: 'USD',
    items: [{ product_id: product, quantity: 2, unit_price: 2499 }],
    total: 4998,
    payment_method_id: method.id,
  });
  await made(`/orders/${order.id}/confirm`, undefined, 200);
  await made(`/orders/${order.id}/process`, undefined, 200);
  await made(`/orders/${order.id}/ship`, { carrier: 'ups', tracking_number: '1Z999AA10123456784' }, 200);
  const { payment_id } = await made(`/orders/${order.id}/deliver`, undefined, 200);
  await app.request('POST', `/payments/${payment_id}/refund`, { token, body: { amount: 100 } });
  return { order: order.id as string, secrets: { 'secret of the webhook': webhook.secret, 'API key': keyOf(key) } };
}

function keyOf(answer: Record<string, string>): string {
  const secret = answer.key ?? answer.secret;
  if (!secret) throw new Error(`No API key in ${JSON.stringify(answer)}`);
  return secret;
}

/** What goes wrong carries the same values along other ways: errors, refusals, paths, queries. */
async function misfortunes(app: TestApp, token: string): Promise<void> {
  const { email, name } = BUYER;
  await app.request('POST', '/customers', { token, body: { type: 'company', ...BUYER, phone: 'none', card: CARD } });
  await app.request('POST', '/payment-methods', { token, body: { type: 'card', token: CARD } });
  await app.request('POST', '/customers', { token, raw: `{"name":"${name}","email":"${email}"` });
  await app.request('GET', `/customers?email=${encodeURIComponent(email)}`, { token });
  await app.request('GET', `/customers/${encodeURIComponent(email)}`, { token });
  await app.request('GET', `/nowhere/${encodeURIComponent(name)}?access_token=${token}`);
  await app.request('GET', '/orders', { token: `${token}x` });
  const credentials = Buffer.from(`${email}:${CARD}`).toString('base64');
  await app.request('POST', '/auth/token', {
    headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/x-www-form-urlencoded' },
    raw: 'grant_type=client_credentials',
  });
}

async function until(isTrue: () => boolean, otherwise: string): Promise<void> {
  for (let round = 0; round < 400; round++) {
    if (isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(otherwise);
}
