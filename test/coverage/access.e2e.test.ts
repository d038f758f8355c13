import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Operation } from '#kernel/http/operation.ts';
import { type IdPrefix, newId } from '#kernel/ids.ts';
import { ORGANIZATION_SCOPES, ROLE_SCOPES } from '#modules/identity/index.ts';
import { type TestApp, type TestOrganization, testApp } from '../support/app.ts';
import { inputFields, isAbout, prefixOf, sampleInput, withValue, wrongValues } from '../support/sample-input.ts';
import { signInUser } from '../support/sign-in.ts';
import { idParameters, makeObjects, type Objects, pathWith } from './objects.ts';
import { blank, enforceForOperations, findForEach } from './operation-rules.ts';

let app: TestApp;
let own: TestOrganization;
let foreign: TestOrganization;
let ownObjects: Objects;
let foreignObjects: Objects;
let guarded: Operation[];
let platformToken: string;
/** Of a person with role admin in the own organisation. */
let adminToken: string;

before(async () => {
  app = await testApp({ settings: { WEBHOOK_ALLOWED_PRIVATE_HOSTS: '127.0.0.1' } });
  [own, foreign] = [await app.organization(), await app.organization()];
  ownObjects = await makeObjects(app, own);
  foreignObjects = await makeObjects(app, foreign);
  platformToken = await app.platformToken();
  adminToken = (await signInUser(app, own, { role: 'admin', scopes: ORGANIZATION_SCOPES })).token;
  guarded = app.operations.filter((operation) => 'scope' in operation.access);
});
after(() => app?.close());

/** The path with ids that name nothing. */
function emptyPath(operation: Operation): string {
  return pathWith(operation, (prefix) => newId(prefix));
}

/** A valid body with ids of the caller's own organisation, where the operation takes one; one field of a patch. */
function ownBody({ body, method }: Operation): unknown {
  if (!body) return undefined;
  const sample = sampleInput(body, { ids: (prefix) => ownObjects.get(prefix) ?? newId(prefix) }) as object;
  return method === 'PATCH' ? Object.fromEntries(Object.entries(sample).slice(0, 1)) : sample;
}

test('the run reaches every guarded operation', () => {
  assert.ok(guarded.length > 60, `only ${guarded.length} operations`);
  for (const [prefix, id] of ownObjects) assert.notEqual(id, foreignObjects.get(prefix), prefix);
});

test('AUTH-11 ARC-16 every operation but the public ones refuses a request without a valid credential', async () => {
  const findings = await findForEach(guarded, async (operation) => {
    const attempts: Record<string, Record<string, string>> = {
      'no credential': {},
      'an unknown token': { authorization: `Bearer ${'x'.repeat(40)}` },
      'another scheme': { authorization: 'Basic eDp5' },
      'a token in the query': {},
    };
    for (const [what, headers] of Object.entries(attempts)) {
      const path = emptyPath(operation) + (what.includes('query') ? `?access_token=${own.token}` : '');
      const { status, body } = await app.request(operation.method, path, { headers });
      if (status !== 401 || body.error.code !== 'ERR_AUTH') return `answers ${status} to ${what}`;
    }
    return undefined;
  });
  enforceForOperations('unauthenticated', findings);
});

test('SOC-02 ERR-10 every operation refuses a credential that has every scope but its own, and names it', async () => {
  const tokens = new Map<string, string>();
  const findings = await findForEach(guarded, async (operation) => {
    const { scope } = operation.access as { scope: string };
    if (!tokens.has(scope)) {
      const others = ORGANIZATION_SCOPES.filter((each) => each !== scope);
      tokens.set(scope, await app.tokenWith(own, others));
    }
    const { status, body } = await app.request(operation.method, emptyPath(operation), { token: tokens.get(scope) });
    if (status !== 403 || body.error.code !== 'ERR_PERMISSION_DENIED') return `answers ${status}`;
    return body.error.message.includes(`\`${scope}\``) ? undefined : `does not name ${scope}: ${body.error.message}`;
  });
  enforceForOperations('missing scope', findings);
});

test('SOC-02 each route with each role: viewers read, members also write the business, admins run the organisation', async () => {
  const scopes = ORGANIZATION_SCOPES;
  for (const role of ['viewer', 'member', 'admin'] as const) {
    const { token } = await signInUser(app, own, { role, scopes });
    const findings = await findForEach(guarded, async (operation) => {
      const { scope } = operation.access as { scope: string };
      const { status } = await app.request(operation.method, emptyPath(operation), { token });
      const isAllowed = (ROLE_SCOPES[role] as readonly string[]).includes(scope);
      if (isAllowed !== mayDo(role, operation)) return `${role}: the role's scopes and the rule differ on ${scope}`;
      if (status === 401) return `${role}: 401`;
      return (status !== 403) === isAllowed ? undefined : `${role}: answers ${status} on ${scope}`;
    });
    enforceForOperations('roles', findings);
  }
});

/** The rule in words of its own (C-13, C-14), so that a slip in the table of scopes shows. */
function mayDo(role: 'viewer' | 'member' | 'admin', { access }: Operation): boolean {
  const [resource, verb] = (access as { scope: string }).scope.split(':') as [string, string];
  if (resource === 'platform' || resource === 'operations') return false;
  if (role === 'admin') return true;
  if (['audit', 'api_keys', 'oauth_clients'].includes(resource)) return false;
  if (verb === 'read') return true;
  // To approve is to decide about the work of members (G-51); to erase somebody cannot be undone (C-89).
  return role === 'member' && verb !== 'approve' && verb !== 'erase' && !['users', 'organizations'].includes(resource);
}

test('SOC-02 a platform administrator is refused nowhere for lack of a scope', async () => {
  const caller = { token: platformToken, headers: { 'x-organization-id': own.id } };
  const findings = await findForEach(guarded, async (operation) => {
    const { status } = await app.request(operation.method, emptyPath(operation), caller);
    return status === 401 || status === 403 ? `answers ${status}` : undefined;
  });
  enforceForOperations('platform', findings);
});

test('AUTH-14 AUTH-15 ERR-03 every object of another organisation is answered exactly as one that never was', async () => {
  const named = guarded.filter((operation) => idParameters(operation).size > 0);
  assert.ok(named.length > 30);
  const before = await readAll();
  const findings = await findForEach(named, async (operation) => {
    const isOnlyOrganization = [...idParameters(operation).values()].every((prefix) => prefix === 'org');
    for (const kept of keptParameters(operation)) {
      const pick = (objects: Objects | null) => (prefix: IdPrefix) =>
        prefix === kept ? ownObjects.get(prefix)! : (objects?.get(prefix) ?? newId(prefix));
      const options = { token: adminToken, body: ownBody(operation) };
      const theirs = pathWith(operation, pick(foreignObjects));
      const never = pathWith(operation, pick(null));
      const answers = [
        await app.request(operation.method, theirs, options),
        await app.request(operation.method, never, options),
      ] as const;
      const [found, missing] = answers.map(blank);
      if (answers[0].status !== 404)
        return `answers ${answers[0].status} to a foreign id: ${JSON.stringify(answers[0].body)}`;
      if (found !== missing) return `tells a foreign id from a missing one:\n${found}\n${missing}`;
      if (!isOnlyOrganization && answers[0].headers.etag) return 'gives the version of a foreign object';
    }
    return undefined;
  });
  enforceForOperations('other organisation', findings);
  assert.deepEqual(await readAll(), before, 'an object of the other organisation was changed');
});

/** For paths with two ids: also the own outer object with a foreign inner one. */
function keptParameters(operation: Operation): (IdPrefix | null)[] {
  const prefixes = [...idParameters(operation).values()];
  return prefixes.length > 1 ? [null, prefixes[0]!] : [null];
}

/** What the owner reads of every object of the other organisation: proof that each exists, and what it is. */
async function readAll(): Promise<Record<string, unknown>> {
  const read: Record<string, unknown> = {};
  const gets = guarded.filter((operation) => operation.method === 'GET' && idParameters(operation).size > 0);
  for (const operation of gets) {
    const path = pathWith(operation, (prefix) => foreignObjects.get(prefix)!);
    const { status, body } = await app.request('GET', path, { token: foreign.token });
    assert.equal(status, 200, `${operation.id}: the owner gets ${status} ${JSON.stringify(body)}`);
    read[operation.id] = body;
  }
  return read;
}

test('AUTH-14 a filter by an id of another organisation finds what a missing id finds', async () => {
  const lists = guarded.filter(({ method, query, params }) => method === 'GET' && query && !params);
  const findings = await findForEach(lists, async (operation) => {
    for (const { node, path: name } of inputFields(operation.query!)) {
      if (node['x-field']?.kind !== 'id') continue;
      const prefix = prefixOf(node);
      const ask = (id: string) => app.request('GET', `${operation.path}?${name}=${id}`, { token: adminToken });
      const theirs = await ask(foreignObjects.get(prefix) ?? foreign.id);
      const missing = await ask(newId(prefix));
      if (blank(theirs) !== blank(missing)) return `?${name} tells a foreign id from a missing one`;
      if (theirs.status === 200 && theirs.body.data.length > 0) return `?${name} finds objects of another organisation`;
    }
    return undefined;
  });
  enforceForOperations('foreign filter', findings);
});

test('AUTH-14 an id of another organisation in a body is refused exactly as a missing one', async () => {
  const writes = guarded.filter(({ method, body }) => method !== 'GET' && body);
  const findings = await findForEach(writes, async (operation) => {
    const ids = (prefix: IdPrefix) => ownObjects.get(prefix) ?? newId(prefix);
    for (const { node, keys, path: field, base } of inputFields(operation.body!, ids)) {
      if (node['x-field']?.kind !== 'id') continue;
      const prefix = prefixOf(node);
      const target = pathWith(operation, ids);
      const send = (id: string) =>
        app.request(operation.method, target, { token: adminToken, body: withValue(base, keys, id) });
      const theirs = await send(foreignObjects.get(prefix)!);
      const missing = await send(newId(prefix));
      if (theirs.status < 400) return `${field} takes an object of another organisation (${theirs.status})`;
      if (blank(theirs) !== blank(missing)) return `${field}:\n${blank(theirs)}\n${blank(missing)}`;
    }
    return undefined;
  });
  enforceForOperations('foreign id in a body', findings);
});

test('VAL-18 ERR-05 over HTTP every operation refuses a wrong field and names it', async () => {
  const caller = { token: platformToken, headers: { 'x-organization-id': own.id } };
  let fields = 0;
  const findings = await findForEach(guarded, async (operation) => {
    const path = emptyPath(operation);
    const inputs = [
      ...inputFields(operation.body ?? {}).map((field) => ({ ...field, source: 'body' as const })),
      ...inputFields(operation.query ?? {}).map((field) => ({ ...field, source: 'query' as const })),
    ];
    for (const { node, keys, path: name, base, source } of inputs) {
      const wrong = wrongValues(node, source).at(0);
      if (!wrong) continue;
      fields++;
      const answer =
        source === 'body'
          ? await app.request(operation.method, path, { ...caller, body: withValue(base, keys, wrong.value) })
          : await app.request(operation.method, `${path}?${name}=${encodeURIComponent(String(wrong.value))}`, caller);
      const details: { field: string }[] = answer.body?.error?.details ?? [];
      const isNamed = details.some((detail) => isAbout(detail.field, name));
      if (answer.status === (source === 'body' ? 422 : 400) && isNamed) continue;
      return `${source}.${name} with ${wrong.what}: ${answer.status} ${JSON.stringify(answer.body)}`;
    }
    return undefined;
  });
  assert.ok(fields > 150, `only ${fields} fields were sent`);
  enforceForOperations('wrong field over HTTP', findings);
});
