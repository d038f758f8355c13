import { fileURLToPath } from 'node:url';
import { type NewApiKey, ORGANIZATION_SCOPES } from '#modules/identity/index.ts';
import { type TestAnswer, type TestApp, type TestOrganization, testApp } from '#test/support/app.ts';

/** An organisation on /v2 with its live key, and the same organisation by the canonical edition. */
export interface V2UnderTest {
  app: TestApp;
  shop: TestOrganization;
  key: string;
  /** By the live key, below /v2. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<TestAnswer>;
  /** By the canonical edition. */
  canonical(method: string, path: string, body?: unknown): Promise<TestAnswer>;
  /** The same with a new token, for tests that moved the clock past the life of the first. */
  canonicalFresh(method: string, path: string, body?: unknown): Promise<TestAnswer>;
  keyOf(family: NonNullable<NewApiKey['family']>): Promise<string>;
  newUser(more?: object): Promise<{ id: string; email: string }>;
  newProduct(more?: object): Promise<{ id: string; sku: string }>;
}

let made = 0;

export async function v2UnderTest(): Promise<V2UnderTest> {
  const authority = fileURLToPath(new URL('../../../test/support/certificates/authority.pem', import.meta.url));
  const app = await testApp({
    settings: { WEBHOOK_ALLOWED_PRIVATE_HOSTS: '127.0.0.1', WEBHOOK_CA_FILE: authority },
  });
  const shop = await app.organization({ plan: 'pro' });
  const keyOf = (family: NonNullable<NewApiKey['family']>) => app.key(shop, { edition: 'v2', family });
  const key = await keyOf('tc_live_sk');
  const call: V2UnderTest['call'] = (method, path, body, headers) =>
    app.request(method, `/v2${path}`, { token: key, body, headers });
  const create = async (path: string, body: object) => {
    const answer = await call('POST', path, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  return {
    app,
    shop,
    key,
    call,
    keyOf,
    async canonicalFresh(method, path, body) {
      const token = await app.tokenWith(shop, [...ORGANIZATION_SCOPES]);
      return app.request(method, path, { token, body });
    },
    canonical: (method, path, body) => app.request(method, path, { token: shop.token, body }),
    newUser: (more = {}) => create('/users', { email: `user${++made}@example.com`, name: 'Bob Dupont', ...more }),
    newProduct: (more = {}) =>
      create('/products', { name: 'Widget', sku: `WGT-${++made}`, price: 44.99, currency: 'EUR', stock: 10, ...more }),
  };
}
