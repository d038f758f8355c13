import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { V2_CONTRACT } from '#editions/v2/webhooks/contract.ts';
import { systemContext } from '#kernel/context.ts';
import type { Operation } from '#kernel/http/operation.ts';
import { newId } from '#kernel/ids.ts';
import { ORGANIZATION_SCOPES } from '#modules/identity/index.ts';
import { fetchToken, type TestApp, type TestOrganization, testApp } from '../support/app.ts';
import { sampleInput } from '../support/sample-input.ts';
import { idParameters, makeObjects, type Objects, pathWith } from './objects.ts';
import { findForEach } from './operation-rules.ts';

/** One organisation with an object of every kind in each of its two worlds, and a credential of every edition for each. */
interface World {
  objects: Objects;
  /** Webhooks belong to one edition, so /v2 has one of its own. */
  v2Webhook: string;
  organization: TestOrganization;
  headers: Record<string, Record<string, string>>;
}

let app: TestApp;
let live: World;
let sandbox: World;
before(async () => {
  app = await testApp({ settings: { WEBHOOK_ALLOWED_PRIVATE_HOSTS: '127.0.0.1' } });
  const own = await app.organization({ plan: 'enterprise' });
  live = await worldOf(own);
  sandbox = await worldOf(await testModeOf(own));
});
after(() => app?.close());

/** The same organisation, seen by a client of its test mode. */
async function testModeOf(organization: TestOrganization): Promise<TestOrganization> {
  const tenant = { ...organization.tenant, livemode: false };
  const context = systemContext('test', tenant, { requestId: newId('req'), traceparent: '' });
  const { client, secret } = await app.platform.modules.identity.createClient(context, {
    name: 'test',
    scopes: [...ORGANIZATION_SCOPES],
  });
  const credentials = { clientId: client.id as string, clientSecret: secret! };
  return { ...organization, tenant, ...credentials, token: await fetchToken(app, credentials) };
}

async function worldOf(organization: TestOrganization): Promise<World> {
  const family = organization.tenant.livemode ? 'tc_live_sk' : 'tc_test_sk';
  const objects = await makeObjects(app, organization);
  const key = await app.key(organization, { edition: 'v2', family });
  // Not by the key, whose use would be counted at some later time, in one of the worlds before the other.
  const context = systemContext('test', organization.tenant, { requestId: newId('req'), traceparent: '' });
  const input = { url: 'https://127.0.0.1:1/hook', events: ['user.created'], contract: V2_CONTRACT };
  const webhook = await app.platform.modules.webhooks.createWebhook(context, input);
  return {
    objects,
    v2Webhook: webhook.id,
    organization,
    headers: {
      canonical: { authorization: `Bearer ${organization.token}` },
      v1: { 'x-api-key': await app.key(organization) },
      v2: { authorization: `Bearer ${key}` },
    },
  };
}

/** Every operation that reads, with the edition it belongs to; the platform's own are nobody's world. */
function readings(): { edition: string; operation: Operation }[] {
  return app.editions.flatMap(({ name, operations }) =>
    operations
      .filter(
        ({ method, access }) => method === 'GET' && 'scope' in access && !/^(platform|operations):/.test(access.scope),
      )
      .map((operation) => ({ edition: name, operation })),
  );
}

/** The ids of objects in an answer, at any depth; the organisation is one and the same in both worlds. */
function idsIn(body: unknown): string[] {
  const ids = JSON.stringify(body ?? null).match(/\b[a-z]{3}_[0-9a-z]{26}\b/g) ?? [];
  return [...new Set(ids)].filter((id) => !/^(org|req)_/.test(id));
}

test('C-11 G-11 V2-10 every table with rows of tenants holds both worlds after the walk, each marked as its own', async () => {
  const client = new pg.Client(app.database.connection);
  await client.connect();
  try {
    const { rows: tables } = await client.query(`select c.table_schema || '.' || c.table_name as name
      from information_schema.columns c
      join information_schema.columns o using (table_schema, table_name)
      join information_schema.tables t using (table_schema, table_name)
      where c.column_name = 'livemode' and o.column_name = 'org_id' and t.table_type = 'BASE TABLE'
        and t.table_schema not in ('information_schema', 'pg_catalog') order by 1`);
    assert.ok(tables.length > 30, `only ${tables.length} tables`);
    const uneven: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query(
        `select count(*) filter (where livemode)::int as live, count(*) filter (where not livemode)::int as sandbox
         from ${name} where org_id = $1`,
        [live.organization.id],
      );
      if (rows[0].live > 0 !== rows[0].sandbox > 0) uneven.push(`${name}: ${JSON.stringify(rows[0])}`);
    }
    assert.deepEqual(uneven, [], 'tables that only one world reached: makeObjects does not fill both alike');
  } finally {
    await client.end();
  }
});

/** The path of a list, with what its query must have. */
function listPath({ path, query }: Operation): string {
  const required = Object.entries(sampleInput(query!, { requiredOnly: true }) as Record<string, unknown>);
  const text = new URLSearchParams(required.map(([name, value]): [string, string] => [name, String(value)])).toString();
  return text === '' ? path : `${path}?${text}`;
}

test('C-11 G-11 V2-10 V1-26 in every edition no list of one world shows an object of the other', async () => {
  let lists = 0;
  let shown = 0;
  const findings = [];
  for (const { edition, operation } of readings()) {
    if (idParameters(operation).size > 0 || !operation.query) continue;
    lists++;
    const [first, second] = await Promise.all(
      [live, sandbox].map(({ headers }) => app.request('GET', listPath(operation), { headers: headers[edition] })),
    );
    const seen = idsIn(first!.body);
    const other = new Set(idsIn(second!.body));
    shown += seen.length;
    if (first!.status !== 200 || second!.status !== 200)
      findings.push(`${operation.id} answers ${first!.status}, ${second!.status}`);
    const both = seen.filter((id) => other.has(id));
    if (both.length > 0) findings.push(`${operation.id} shows ${both.join()} in both worlds`);
  }
  assert.deepEqual(findings, []);
  assert.ok(lists >= 15 && shown > 50, `${lists} lists showed ${shown} objects`);
});

test('C-11 G-11 V2-10 in every edition an object of the other world is missing, each way', async () => {
  const named = readings().filter(({ operation }) => idParameters(operation).size > 0);
  assert.ok(named.length > 20, `only ${named.length} operations`);
  let read = 0;
  for (const [own, other] of [
    [live, sandbox],
    [sandbox, live],
  ] as const) {
    const findings = await findForEach(
      named.map(({ operation }) => operation),
      async (operation) => {
        const { edition } = named.find((each) => each.operation === operation)!;
        // An organisation is one and the same in both worlds.
        if ([...idParameters(operation).values()].every((prefix) => prefix === 'org')) return undefined;
        const ask = ({ objects, v2Webhook }: World) =>
          app.request(
            'GET',
            pathWith(operation, (prefix) => (edition === 'v2' && prefix === 'whk' ? v2Webhook : objects.get(prefix)!)),
            { headers: own.headers[edition] },
          );
        const [mine, theirs] = [await ask(own), await ask(other)];
        if (mine.status === 200) read++;
        // Webhook endpoints show themselves only in the edition they were made for.
        else if (edition === 'canonical' || mine.status !== 404)
          return `answers ${mine.status} to its own: ${JSON.stringify(mine.body)}`;
        return theirs.status === 404 ? undefined : `answers ${theirs.status} to the other world`;
      },
    );
    assert.deepEqual(findings, []);
  }
  assert.ok(read > 40, `only ${read} objects were read by their own world`);
});
