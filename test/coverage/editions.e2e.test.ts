import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { EditionContract } from '#gateway/contract/edition.ts';
import type { Operation } from '#kernel/http/operation.ts';
import { type IdPrefix, newId } from '#kernel/ids.ts';
import { type NewApiKey, ORGANIZATION_SCOPES } from '#modules/identity/index.ts';
import { type TestApp, type TestOrganization, type TestRequest, testApp } from '../support/app.ts';
import { inputFields, isAbout, sampleInput, withValue, wrongValues } from '../support/sample-input.ts';
import { idParameters, makeObjects, type Objects, pathWith } from './objects.ts';
import { blank, enforceForOperations, findForEach } from './operation-rules.ts';

/** How the keys of an edition are made and sent; a new edition adds its line. */
const CREDENTIALS: Record<string, { key: Partial<NewApiKey>; headers(secret: string): Record<string, string> }> = {
  v1: { key: {}, headers: (secret) => ({ 'x-api-key': secret }) },
  v2: {
    key: { edition: 'v2', family: 'tc_live_sk' },
    headers: (secret) => ({ authorization: `Bearer ${secret}` }),
  },
};

let app: TestApp;
let own: TestOrganization;
let foreign: TestOrganization;
let ownObjects: Objects;
let foreignObjects: Objects;
let editions: EditionContract[];
before(async () => {
  app = await testApp({ settings: { WEBHOOK_ALLOWED_PRIVATE_HOSTS: '127.0.0.1' } });
  [own, foreign] = [await app.organization(), await app.organization()];
  ownObjects = await makeObjects(app, own);
  foreignObjects = await makeObjects(app, foreign);
  editions = app.editions.filter(({ prefix }) => prefix !== '');
});
after(() => app?.close());

type Caller = (operation: Operation, path: string, request?: TestRequest) => ReturnType<TestApp['request']>;

/** Runs a check on each guarded operation of every edition, with a key of that edition that has these scopes. */
async function forEach(
  rule: string,
  check: (operation: Operation, edition: EditionContract, ask: Caller) => Promise<string | undefined>,
  scopesOf: (operation: Operation) => string[] = () => [...ORGANIZATION_SCOPES],
): Promise<void> {
  const findings = [];
  for (const edition of editions) {
    const credential = CREDENTIALS[edition.name];
    assert.ok(credential, `say in this test how ${edition.name} authenticates`);
    const guarded = edition.operations.filter(isGuarded);
    assert.ok(guarded.length > 0, edition.name);
    const keys = new Map<string, string>();
    const found = await findForEach(guarded, async (operation) => {
      const scopes = scopesOf(operation);
      const known = keys.get(scopes.join()) ?? (await app.key(own, { ...credential.key, scopes }));
      keys.set(scopes.join(), known);
      return check(operation, edition, (each, path, { headers, ...request } = {}) =>
        app.request(each.method, path, { ...request, headers: { ...credential.headers(known), ...headers } }),
      );
    });
    findings.push(...found);
  }
  enforceForOperations(rule, findings);
}

/** What needs a key of the platform answers 403 to everything that a key of an organisation sends. */
const isGuarded = ({ access }: Operation) => 'scope' in access && access.scope !== 'platform:admin';

const nothing = (operation: Operation) => pathWith(operation, (prefix) => newId(prefix));

test('AUTH-11 C-10 V2-100 in every edition each operation refuses a missing, unknown, misplaced and foreign credential', async () => {
  const other = { v1: await app.key(own, CREDENTIALS.v2!.key), v2: await app.key(own) };
  await forEach('unauthenticated', async (operation, { name, errors }) => {
    const { headers } = CREDENTIALS[name]!;
    const attempts: [string, Record<string, string>, string][] = [
      ['no credential', {}, ''],
      ['an unknown key', headers('sk_live_unknown'), ''],
      ['an access token', headers(own.token), ''],
      ["another edition's key", headers(other[name as 'v1' | 'v2']), ''],
      ['a bearer token alone', name === 'v1' ? { authorization: `Bearer ${own.token}` } : { 'x-api-key': 'x' }, ''],
      ['a key in the query', {}, `?api_key=${other.v2}`],
    ];
    for (const [what, sent, query] of attempts) {
      const { status, body } = await app.request(operation.method, nothing(operation) + query, { headers: sent });
      if (status !== 401 || body.error.code !== errors.unauthenticated.code) return `answers ${status} to ${what}`;
    }
    return undefined;
  });
});

test('SOC-02 in every edition each operation refuses a key that has every scope but its own, and names it', async () => {
  await forEach(
    'missing scope',
    async (operation, { errors }, ask) => {
      const { status, body } = await ask(operation, nothing(operation));
      if (status !== 403 || body.error.code !== errors.forbidden.code) return `answers ${status}`;
      const { scope } = operation.access as { scope: string };
      return body.error.message.includes(`\`${scope}\``) ? undefined : `does not name ${scope}: ${body.error.message}`;
    },
    ({ access }) => ORGANIZATION_SCOPES.filter((scope) => scope !== (access as { scope: string }).scope),
  );
});

test('AUTH-14 in every edition an object of another organisation is answered exactly as one that never was', async () => {
  await forEach('other organisation', async (operation, _edition, ask) => {
    if (idParameters(operation).size === 0) return undefined;
    const body = operation.body && sampleInput(operation.body, { ids: (prefix) => ownObjects.get(prefix)! });
    const answer = (id: (prefix: IdPrefix) => string) => ask(operation, pathWith(operation, id), { body });
    const theirs = await answer((prefix) => foreignObjects.get(prefix)!);
    const never = await answer((prefix) => newId(prefix));
    if (theirs.status !== 404) return `answers ${theirs.status} to a foreign id: ${JSON.stringify(theirs.body)}`;
    return blank(theirs) === blank(never) ? undefined : `${blank(theirs)}\n${blank(never)}`;
  });
});

test('VAL-18 in every edition each operation refuses a wrong field and names it', async () => {
  await forEach('wrong field over HTTP', async (operation, { queryRefusal, errors }, ask) => {
    const path = pathWith(operation, (prefix) => ownObjects.get(prefix) ?? newId(prefix));
    for (const { node, keys, path: field, base } of inputFields(operation.body ?? {})) {
      const wrong = wrongValues(node, 'body').at(0);
      if (!wrong) continue;
      const answer = await ask(operation, path, { body: withValue(base, keys, wrong.value) });
      if (answer.status !== errors.validation.status || !isNamed(answer.body, field)) {
        return `body.${field} with ${wrong.what}: ${answer.status} ${JSON.stringify(answer.body)}`;
      }
    }
    for (const { node, path: field } of inputFields(operation.query ?? {})) {
      const wrong = wrongValues(node, 'query').at(0);
      if (!wrong) continue;
      const answer = await ask(operation, `${path}?${field}=${encodeURIComponent(String(wrong.value))}`);
      if (answer.status !== errors[queryRefusal].status || !isNamed(answer.body, field)) {
        return `query.${field} with ${wrong.what}: ${answer.status} ${JSON.stringify(answer.body)}`;
      }
    }
    return undefined;
  });
});

/** Editions name the field in `details` or in `param`. */
function isNamed({ error }: { error: { details?: { field: string }[]; param?: string } }, field: string): boolean {
  if (error.param !== undefined) return isAbout(error.param ?? '', field);
  return error.details!.some((detail) => isAbout(detail.field, field));
}
