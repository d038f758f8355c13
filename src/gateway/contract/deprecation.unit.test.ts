import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deprecation, Operation } from '#kernel/http/operation.ts';
import { declaredOperations } from '../../../scripts/contracts.ts';
import type { Exchange } from '../exchange.ts';
import { announceDeprecation } from './deprecation.ts';
import { openApiDocument } from './openapi.ts';

const deprecated: Deprecation = { since: '2026-01-15', sunset: '2026-08-01', guide: '/docs/errors/ERR_GONE' };

test('G-59 a deprecated operation says since when, until when at least and what to read; others say nothing', () => {
  const headersOf = (operation: object) => {
    const exchange = { operation, headers: {} } as unknown as Exchange;
    void announceDeprecation(exchange);
    return exchange.headers;
  };
  assert.deepEqual(headersOf({}), {});
  assert.deepEqual(headersOf({ deprecated }), {
    // RFC 9745: a structured date of seconds; RFC 8594: an HTTP date.
    deprecation: '@1768435200',
    sunset: 'Sat, 01 Aug 2026 00:00:00 GMT',
    link: '</docs/errors/ERR_GONE>; rel="deprecation"; type="text/html"',
  });
});

test('G-59 the contract marks a deprecated operation', () => {
  const operation = {
    id: 'things.get',
    method: 'GET',
    path: '/things',
    access: { public: '' },
    responses: {},
    errors: [],
  };
  const operations = [
    { ...operation, deprecated },
    { ...operation, path: '/others' },
  ] as unknown as Operation[];
  const names = { status: 500, code: 'X' };
  const document = openApiDocument(operations, {
    title: 'x',
    version: '1',
    description: 'x',
    errorSchema: { $id: 'Error' },
    errors: new Proxy({}, { get: () => names }) as never,
    credentials: {},
    securityOf: () => [],
    idempotencyHeader: 'x',
  });
  const paths = document.paths as Record<string, { get: { deprecated?: boolean } }>;
  assert.deepEqual([paths['/things']!.get.deprecated, paths['/others']!.get.deprecated], [true, undefined]);
});

/** What is wrong with an announcement: six months pass between it and the end (V1-97). */
function problemOf({ since, sunset }: Deprecation): string | undefined {
  const earliest = new Date(since);
  earliest.setUTCMonth(earliest.getUTCMonth() + 6);
  return new Date(sunset) < earliest ? `ends on ${sunset}, less than six months after ${since}` : undefined;
}

test('V1-97 what is deprecated in any edition goes six months after its announcement at the earliest', () => {
  assert.equal(problemOf(deprecated), undefined);
  assert.match(problemOf({ ...deprecated, sunset: '2026-07-01' })!, /less than six months/);
  const findings = declaredOperations().flatMap(({ id, deprecated: each }) => {
    const problem = each && problemOf(each);
    return problem ? [`${id} ${problem}`] : [];
  });
  assert.deepEqual(findings, []);
});
