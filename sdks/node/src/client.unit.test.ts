import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import TechCorp, * as sdk from './index.ts';

interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}
type Answer = (response: ServerResponse, seen: Seen) => void;

/** A server on a real socket that answers as told, one answer a request; the last one serves all further requests. */
async function serverWith(t: TestContext, ...answers: Answer[]) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body: Buffer.concat(chunks).toString() };
      seen.push(one);
      answers[Math.min(seen.length, answers.length) - 1]!(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { seen, baseUrl };
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

const cut: Answer = (response) => response.socket?.destroy();
const apiKey = 'sk_test_abc';

function client(baseUrl: string, more: { maxRetries?: number; timeoutMs?: number; fetch?: typeof fetch } = {}) {
  return new TechCorp({ apiKey, edition: 'canonical', baseUrl, ...more });
}

test('a change is repeated with one idempotency key after a cut line and a 503, and its answer is camelCase', async (t) => {
  const { seen, baseUrl } = await serverWith(t, cut, json(503, {}), json(201, { id: 'ord_1', created_at: 'now' }));
  const order = await client(baseUrl).orders.create({
    customerId: 'cus_1',
    items: [{ productId: 'prd_1', quantity: 1, unitPrice: 5 }],
    total: 5,
    currency: 'USD',
    metadata: { campaign_name: 'x' },
  });
  assert.equal(order.createdAt, 'now');
  assert.equal(seen.length, 3);
  assert.deepEqual(new Set(seen.map((each) => each.headers['idempotency-key'])).size, 1);
  assert.ok(seen[0]!.headers['idempotency-key']);
  assert.equal(seen[2]!.headers.authorization, 'Bearer sk_test_abc');
  assert.deepEqual(JSON.parse(seen[2]!.body), {
    customer_id: 'cus_1',
    items: [{ product_id: 'prd_1', quantity: 1, unit_price: 5 }],
    total: 5,
    currency: 'USD',
    metadata: { campaign_name: 'x' },
  });
});

test('Retry-After is waited for, and a wait that is too long is the caller’s to decide', async (t) => {
  const limited = { error: { code: 'ERR_RATE_LIMIT', message: 'Slow down', request_id: 'req_1', details: [] } };
  const { seen, baseUrl } = await serverWith(
    t,
    json(429, limited, { 'retry-after': '1' }),
    json(200, { id: 'ord_1' }),
    json(429, limited, { 'retry-after': '3600' }),
  );
  const startedMs = performance.now();
  await client(baseUrl).orders.get('ord_1');
  assert.ok(performance.now() - startedMs >= 990);
  await assert.rejects(client(baseUrl).orders.get('ord_1'), (error: sdk.ApiError) => {
    assert.ok(error instanceof sdk.RateLimitError);
    assert.deepEqual([error.code, error.requestId, error.retryAfterSeconds], ['ERR_RATE_LIMIT', 'req_1', 3600]);
    return true;
  });
  assert.equal(seen.length, 3);
});

test('a refusal is not repeated, and its kind, code, field and request id are told', async (t) => {
  const refusals: [number, new (...given: never[]) => sdk.ApiError][] = [
    [400, sdk.InvalidRequestError],
    [401, sdk.AuthenticationError],
    [402, sdk.PaymentError],
    [403, sdk.PermissionError],
    [404, sdk.NotFoundError],
    [409, sdk.ConflictError],
    [422, sdk.InvalidRequestError],
  ];
  for (const [status, Kind] of refusals) {
    const details = [{ field: 'items.0.quantity', code: 'too_small', message: 'At least 1.' }];
    const error = { code: 'ERR_X', message: 'No.', request_id: 'req_9', details };
    const { seen, baseUrl } = await serverWith(t, json(status, { error }));
    await assert.rejects(client(baseUrl).orders.confirm('ord_1'), (thrown: sdk.ApiError) => {
      assert.ok(thrown instanceof Kind, `${status}: ${thrown.name}`);
      assert.deepEqual([thrown.status, thrown.param, thrown.requestId], [status, 'items.0.quantity', 'req_9']);
      return true;
    });
    assert.equal(seen.length, 1, String(status));
  }
});

test('no answer in time is a ConnectionError after the retries; the caller’s own signal ends it at once', async (t) => {
  const { seen, baseUrl } = await serverWith(t, () => undefined);
  let attempts = 0;
  const counting: typeof fetch = (...given) => {
    attempts++;
    return fetch(...given);
  };
  const impatient = client(baseUrl, { timeoutMs: 50, maxRetries: 1, fetch: counting });
  await assert.rejects(impatient.orders.get('ord_1'), sdk.ConnectionError);
  assert.equal(attempts, 2);
  await assert.rejects(client(baseUrl).orders.get('ord_1', {}, { signal: AbortSignal.timeout(20) }), {
    name: 'TimeoutError',
  });
  assert.ok(seen.length <= 3, 'what the caller ended was not repeated');
});

test('a list is awaited for its first page and walked for all of them', async (t) => {
  const { seen, baseUrl } = await serverWith(t, (response, { url }) => {
    const isFirst = !url.includes('cursor');
    const page = {
      data: [{ id: isFirst ? 'ord_1' : 'ord_2' }],
      has_more: isFirst,
      next_cursor: isFirst ? 'c/1' : null,
    };
    json(200, page)(response, { url } as Seen);
  });
  const page = await client(baseUrl).orders.list({ status: 'draft', limit: 1 });
  assert.deepEqual([page.data[0]!.id, page.hasMore, seen.length], ['ord_1', true, 1]);
  const ids: string[] = [];
  for await (const order of client(baseUrl).orders.list({ limit: 1 })) ids.push(order.id);
  assert.deepEqual(ids, ['ord_1', 'ord_2']);
  assert.deepEqual(
    seen.map(({ url }) => url),
    ['/orders?status=draft&limit=1', '/orders?limit=1', '/orders?limit=1&cursor=c%2F1'],
  );
});

test('a token is fetched once for calls at the same time, and again when the server refuses it', async (t) => {
  let tokens = 0;
  const { seen, baseUrl } = await serverWith(t, (response, { url, headers }) => {
    if (url === '/auth/token') json(200, { access_token: `t${++tokens}`, expires_in: 3600 })(response, {} as Seen);
    else if (headers.authorization === 'Bearer t1' && tokens === 1 && url.includes('late'))
      json(401, { error: { code: 'ERR_AUTH', message: 'Expired' } })(response, {} as Seen);
    else json(200, { id: 'ord_1' })(response, {} as Seen);
  });
  const oauth = new TechCorp({ clientId: 'cli_1', clientSecret: 's:e cret', baseUrl });
  await Promise.all([oauth.orders.get('ord_1'), oauth.orders.get('ord_2'), oauth.orders.get('ord_3')]);
  assert.equal(tokens, 1);
  const basic = Buffer.from(seen[0]!.headers.authorization!.slice(6), 'base64').toString();
  assert.equal(basic, 'cli_1:s%3Ae%20cret');
  await oauth.orders.get('ord_late');
  assert.equal(tokens, 2);
});

test('the version of an answer goes back as If-Match', async (t) => {
  const { seen, baseUrl } = await serverWith(t, json(200, { id: 'ord_1' }, { etag: '"3"' }));
  const order = await client(baseUrl).orders.get('ord_1');
  assert.deepEqual(Object.keys(order), ['id']);
  await client(baseUrl).orders.confirm('ord_1', { ifMatch: sdk.etagOf(order)! });
  assert.equal(seen[1]!.headers['if-match'], '"3"');
});

test('what cannot work is refused before anything is sent, with the way out', async (t) => {
  const { seen, baseUrl } = await serverWith(t, json(200, {}));
  const refused = (make: () => unknown, message: RegExp) => assert.throws(make, message);
  refused(() => new TechCorp({ apiKey: undefined, baseUrl }), /TECHCORP_API_KEY/);
  refused(() => new TechCorp({ apiKey: 'sk_live_1', baseUrl }), /edition: 'canonical'/);
  refused(() => new TechCorp({ apiKey: 'tc_live_sk_1', edition: 'canonical', baseUrl }), /leave out/);
  for (const id of ['', '..', '.', undefined as never]) refused(() => client(baseUrl).orders.get(id), /`id` must be/);
  await client(baseUrl).orders.get('../users');
  assert.deepEqual(
    seen.map(({ url }) => url),
    ['/orders/..%2Fusers'],
  );
});

test('a redirect is not followed, because it would carry the credential away', async (t) => {
  const elsewhere = await serverWith(t, json(200, {}));
  const { baseUrl } = await serverWith(t, (response) =>
    response.writeHead(307, { location: `${elsewhere.baseUrl}/orders/ord_1` }).end(),
  );
  await assert.rejects(client(baseUrl, { maxRetries: 0 }).orders.get('ord_1'), sdk.ConnectionError);
  assert.equal(elsewhere.seen.length, 0);
});
