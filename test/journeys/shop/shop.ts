import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { ORGANIZATION_SCOPES } from '#modules/identity/index.ts';
import { fetchToken, type TestAnswer, type TestApp, type TestOrganization } from '../../support/app.ts';
import { signInUser } from '../../support/sign-in.ts';

/** A shop as its owner's program sees it: everything through the API, with tokens that are renewed as the days pass. */
export interface Shop {
  organization: TestOrganization;
  call(method: string, path: string, body?: unknown): Promise<TestAnswer>;
  /** A request that must work. */
  done(method: string, path: string, body?: unknown): Promise<TestAnswer['body']>;
  /** In the name of another person, an administrator who signs in for it. */
  byAnother(method: string, path: string, body?: unknown): Promise<TestAnswer['body']>;
  /** Sends a file and gives its finished import. */
  imported(resource: string, csv: string): Promise<TestAnswer['body']>;
  /** Every item of a list. */
  all(path: string): Promise<TestAnswer['body'][]>;
  /** What the carrier says of a parcel, signed as it signs. */
  carrierTells(trackingNumber: string, status: string): Promise<void>;
}

export async function openShop(app: TestApp): Promise<Shop> {
  const organization = await app.organization();
  let news = 0;

  async function call(method: string, path: string, body?: unknown): Promise<TestAnswer> {
    const answer = await app.request(method, path, { token: organization.token, body });
    if (answer.status !== 401) return answer;
    organization.token = await fetchToken(app, organization);
    return app.request(method, path, { token: organization.token, body });
  }

  async function done(method: string, path: string, body?: unknown) {
    const answer = await call(method, path, body);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  const account = await done('POST', '/carrier-accounts', { carrier: 'custom' });

  return {
    organization,
    call,
    done,

    async byAnother(method, path, body) {
      await done('GET', '/users');
      const other = await signInUser(app, organization, { role: 'admin', scopes: ORGANIZATION_SCOPES });
      const answer = await app.request(method, path, { token: other.token, body });
      assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    },

    async imported(resource, csv) {
      await done('GET', '/products');
      const started = await app.request('POST', `/imports?resource=${resource}`, {
        token: organization.token,
        raw: csv,
        headers: { 'content-type': 'text/csv' },
      });
      assert.equal(started.status, 202, JSON.stringify(started.body));
      // The program's own worker may have taken the job before `settle` looked for one.
      for (let round = 0; round < 600; round++) {
        await app.settle();
        const found = await done('GET', `/imports/${started.body.subject_id}`);
        if (!['queued', 'running'].includes(found.status)) return found;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return assert.fail(`The import of ${resource} did not end`);
    },

    async all(path) {
      const items = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const sign = path.includes('?') ? '&' : '?';
        const page: TestAnswer['body'] = await done('GET', `${path}${sign}limit=100${cursor && `&cursor=${cursor}`}`);
        items.push(...page.data);
        cursor = page.next_cursor;
      }
      return items;
    },

    async carrierTells(trackingNumber, status) {
      const occurred_at = app.clock.now().toISOString();
      const raw = JSON.stringify({ tracking_number: trackingNumber, event_id: `ev-${++news}`, status, occurred_at });
      const seconds = Math.floor(app.clock.nowMs() / 1_000);
      const mac = createHmac('sha256', account.secret).update(`${seconds}.${raw}`).digest('hex');
      const headers = { 'content-type': 'application/json', 'x-signature': `t=${seconds},mac=${mac}` };
      const { status: answered } = await app.request('POST', `/inbound/carriers/custom?account=${account.id}`, {
        raw,
        headers,
      });
      assert.equal(answered, 202);
      await app.settle();
    },
  };
}

/** Numbers that look random and are the same in every run, so that a failure can be looked at again. */
export function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}
