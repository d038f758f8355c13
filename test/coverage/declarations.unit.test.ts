import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR_CATALOGUE } from '#kernel/errors.ts';
import type { SchemaNode } from '#kernel/http/fields/schema.ts';
import { commonErrors, type Operation } from '#kernel/http/operation.ts';
import { SCOPES } from '#modules/identity/index.ts';
import { declaredOperations } from '../../scripts/contracts.ts';
import { enforceForOperations, type OperationFinding, operationExceptions } from './operation-rules.ts';

/** Exceptions may only become fewer: lower this number with test/coverage/exceptions.json. */
const EXCEPTIONS = 1;

const operations = declaredOperations();

function check(rule: string, find: (operation: Operation) => (string | false | undefined)[]): void {
  const findings = operations.flatMap((operation): OperationFinding[] =>
    find(operation).flatMap((message) => (message ? [{ operation: operation.id, message }] : [])),
  );
  enforceForOperations(rule, findings);
}

test('the exceptions have reasons, name operations that exist, and do not grow', () => {
  const ids = new Set(operations.map((operation) => operation.id));
  for (const { operation, rule, reason } of operationExceptions) {
    assert.ok(ids.has(operation), `there is no operation ${operation}`);
    assert.ok(rule && reason.length >= 20, `${operation}: say in a sentence why it may break "${rule}"`);
  }
  assert.equal(operationExceptions.length, EXCEPTIONS, 'set EXCEPTIONS to the number that is left');
});

test('every operation has an id, a route and a summary of its own', () => {
  assert.ok(operations.length > 20, `only ${operations.length} operations`);
  const duplicates = (values: string[]) => values.filter((value, index) => values.indexOf(value) !== index);
  assert.deepEqual(duplicates(operations.map(({ id }) => id)), []);
  assert.deepEqual(duplicates(operations.map(({ method, path }) => `${method} ${path.replace(/:\w+/g, ':')}`)), []);
  check('description', ({ id, path, summary, description }) => [
    !/^(v\d\.)?[a-z_]+\.[a-z_]+$/.test(id) && 'its id is not <resource>.<verb>',
    (/^v\d\./.exec(id)?.[0].slice(0, -1) ?? '') !== (/^\/(v\d)\//.exec(path)?.[1] ?? '') &&
      'its id and its path name different editions',
    !/^\/[a-z0-9_/:.*-]*$/i.test(path) && `its path is odd: ${path}`,
    (summary.length < 5 || summary.endsWith('.')) && 'its summary is missing or ends with a full stop',
    (description.length < 15 || !/[.!?)]$/.test(description)) && 'its description is no sentence',
  ]);
});

test('SOC-02 every operation names a scope that exists, or why it is public', () => {
  check('access', ({ access }) => [
    'scope' in access && !Object.hasOwn(SCOPES, access.scope) && `there is no scope ${access.scope}`,
    'public' in access && !/\(C-\d+/.test(access.public) && 'is public without a decision (C-nn) in its reason',
  ]);
});

test('SOC-02 a scope to read never permits a change, and reading never needs a scope to write', () => {
  check('scope fits method', ({ access, method }) => {
    if (!('scope' in access) || access.scope === 'platform:admin') return [];
    const isRead = access.scope.endsWith(':read');
    return [
      isRead && method !== 'GET' && `${method} needs only ${access.scope}`,
      !isRead && method === 'GET' && `GET needs ${access.scope}`,
    ];
  });
});

test('every operation declares its answers with their shapes', () => {
  check('answers', ({ responses }) => {
    const entries = Object.entries(responses);
    return [
      !entries.some(([status]) => Number(status) < 400) && 'declares no answer of success',
      ...entries.flatMap(([status, { description, schema }]) => [
        description.length < 3 && `${status} has no description`,
        !schema && ![204, 302, 303, 304].includes(Number(status)) && `${status} has no shape`,
        schema && hasFreeObject(schema as SchemaNode) && `${status} holds an object of which nothing is said`,
      ]),
    ];
  });
});

/** `Type.Object({})` promises nothing; what may hold anything says so with Type.Unknown or Type.Record. */
function hasFreeObject(node: SchemaNode): boolean {
  const { properties, items, oneOf } = node;
  const isFree = node.type === 'object' && properties !== undefined && Object.keys(properties).length === 0;
  const alternatives = (node as { anyOf?: SchemaNode[] }).anyOf ?? oneOf ?? [];
  const inner = [...Object.values(properties ?? {}), ...(items ? [items] : []), ...alternatives];
  return isFree || inner.some(hasFreeObject);
}

test('every operation declares refusals that exist and are not the common ones again', () => {
  check('errors', (operation) => [
    ...operation.errors.map((kind) => !Object.hasOwn(ERROR_CATALOGUE, kind) && `there is no kind ${kind}`),
    ...operation.errors.map((kind) => commonErrors(operation).includes(kind) && `${kind} is common to all`),
  ]);
});

test('every parameter of a path is declared, and every declared one stands in the path', () => {
  check('path parameters', ({ path, params }) => {
    const inPath = [...path.matchAll(/:([A-Za-z_]+)/g)].map((match) => match[1]!);
    const declared = Object.keys(params?.properties ?? {});
    return [
      ...inPath.map((name) => !declared.includes(name) && `:${name} has no shape`),
      ...declared.map((name) => !inPath.includes(name) && `${name} is not in the path`),
    ];
  });
});

test('USR-09 every list of objects is read by cursor with the same parameters', () => {
  check('lists', ({ id, query, responses }) => {
    const page = (responses[200]?.schema as SchemaNode | undefined)?.properties;
    if (!page?.next_cursor) return [];
    const names = Object.keys(query?.properties ?? {});
    const wanted = ['limit', 'cursor', 'include'].filter((name) => !names.includes(name));
    const foreign = names.filter((name) => ['offset', 'page', 'per_page'].includes(name));
    return [
      wanted.length > 0 && `${id} lacks ${wanted.join(', ')}`,
      foreign.length > 0 && `${id} takes ${foreign.join(', ')}`,
    ];
  });
});

test('a creation answers 201 with a place, a change answers with the object', () => {
  check('creation', ({ id, method, responses }) => [
    id.endsWith('.create') && method !== 'POST' && 'a creation is a POST',
    id.endsWith('.create') && !responses[201] && 'a creation answers 201',
  ]);
});
